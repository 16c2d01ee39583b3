"""``python -m deepseek_era``."""

import sys

from deepseek_era.cli import main

sys.exit(main())

"""``python -m deepseek_era``."""

import sys

from deepseek_era.publish.cli import main

sys.exit(main())

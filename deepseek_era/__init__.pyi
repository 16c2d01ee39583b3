from deepseek_era.api import Model as Model
from deepseek_era.api import Run as Run
from deepseek_era.api import facts as facts
from deepseek_era.api import figures as figures
from deepseek_era.api import run as run

__all__ = ["Model", "Run", "facts", "figures", "run"]

"""Where things live. Everything large is outside the checkout, under EASEL_TRAIN (default /work/train)."""
import os
from pathlib import Path

WORK = Path(os.environ.get("EASEL_TRAIN", "/work/train"))
DATA = WORK / "data"
RECIPE = Path(__file__).resolve().parent
MODEL = RECIPE.parent.parent / "models" / "icon-64"

"""Where things live. Everything large is outside the checkout, under EASEL_TRAIN (default /work/train).

EASEL_CONCEPTS, EASEL_EMOJI: how many concepts, and how many emoji, are known, the most drawn first. Until a larger vocabulary is
switched on by SHIPPED, what is made for another number goes beside the training, not into models/.
"""
import os
from pathlib import Path

WORK = Path(os.environ.get("EASEL_TRAIN", "/work/train"))
DATA = WORK / "data"
SHIPPED = 663
CONCEPTS = int(os.environ.get("EASEL_CONCEPTS", SHIPPED))
EMOJI = int(os.environ.get("EASEL_EMOJI", 210))  # those of eight sets
RECIPE = Path(__file__).resolve().parent
MODEL = RECIPE.parent.parent / "models" / "icon-64"

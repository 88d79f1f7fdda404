"""Where the judge lies: beside the model it judges, so that the command line finds both in a checkout and in the extension.

A judge for another number of concepts than the shipped one is made in EASEL_TRAIN/judge-N.
"""
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent.parent / "test" / "fixtures" / "judge"
sys.path.insert(0, str(HERE.parent / "icons"))

from paths import CONCEPTS, EMOJI, SHIPPED, WORK  # noqa: E402

JUDGE = HERE.parent.parent / "models" / "icon-judge" if CONCEPTS == SHIPPED else WORK / f"judge-{CONCEPTS}"
JUDGE.mkdir(parents=True, exist_ok=True)
EMOJI_JUDGE = WORK / f"emoji-judge-{EMOJI}"  # until a model that draws emoji is shipped

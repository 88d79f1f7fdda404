"""Where the judges lie: beside the model they judge, so that the command line finds all in a checkout and in the extension.

A judge for another number of concepts, or of emoji, than the shipped one is made in EASEL_TRAIN/judge-N or EASEL_TRAIN/emoji-judge-N.
"""
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODELS = HERE.parent.parent / "models"
TESTS = HERE.parent.parent / "test" / "fixtures" / "judge"
EMOJI_TESTS = TESTS.with_name("emoji-judge")
SHIPPED_EMOJI = 210
sys.path.insert(0, str(HERE.parent / "icons"))

from paths import CONCEPTS, EMOJI, SHIPPED, WORK  # noqa: E402

JUDGE = MODELS / "icon-judge" if CONCEPTS == SHIPPED else WORK / f"judge-{CONCEPTS}"
JUDGE.mkdir(parents=True, exist_ok=True)
EMOJI_JUDGE = MODELS / "emoji-judge" if EMOJI == SHIPPED_EMOJI else WORK / f"emoji-judge-{EMOJI}"

"""Where the judge lies: beside the model it judges, so that the command line finds both in a checkout and in the extension."""
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
JUDGE = HERE.parent.parent / "models" / "icon-judge"
TESTS = HERE.parent.parent / "test" / "fixtures" / "judge"
sys.path.insert(0, str(HERE.parent / "icons"))

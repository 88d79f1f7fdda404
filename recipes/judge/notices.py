"""Writes models/icon-judge/README.md: what the judge is, and whose drawings it was taught on, measured with and compared to."""
import json

import place

from data import Bank
from paths import CONCEPTS, DATA


def table(use, clean):
    meta = json.loads((DATA / "glyphs.json").read_text())
    bank = Bank(CONCEPTS, use, clean=clean)
    count = {}
    for pool in bank.by_concept.values():
        for g in pool:
            count[bank.glyphs[g]["set"]] = count.get(bank.glyphs[g]["set"], 0) + 1
    lines = ["| set | author | licence | drawings |", "|---|---|---|---|"]
    for name in sorted(count, key=lambda s: -count[s]):
        s = meta["sets"][name]
        lines.append(f"| {s['name']} | [{s['author']['name']}]({s['author'].get('url', '')}) | [{s['license']['title']}]({s['license'].get('url', '')}) | {count[name]} |")
    return "\n".join(lines)


def main():
    judge = json.loads((place.JUDGE / "judge.json").read_text())
    (place.JUDGE / "README.md").write_text(f"""# icon-judge

What `easel evaluate icons` scores pictures with. Not a model to draw with.

| file | what it is | made by |
|---|---|---|
| `judge.onnx`, `judge.json` | which of {len(judge['concepts'])} concepts a glyph shows; taught on drawings that the generator never saw | `recipes/judge/train_judge.py` |
| `prompts.json` | 500 prompts per split with the labels their pictures must show | `recipes/judge/prompts.py` |
| `calibration.json` | the same scores on real pictures: the ceiling | `recipes/judge/calibrate.py` |
| `glyphs.bin.gz` | the generator's training drawings at 32x32 bits, for the copy check | `recipes/judge/references.py` |

Licences are as the icon sets declare them. Weights: MIT, as Easel. Drawings were scaled to 64x64 and, in `glyphs.bin.gz`, to 32x32 bits.

## Drawings in glyphs.bin.gz

{table("train", False)}

## Drawings that taught the judge

{table("judge", True)}

## Drawings that measure the ceiling (some of them in `test/fixtures/judge`)

{table("ceiling", False)}
""")


if __name__ == "__main__":
    main()

"""Writes models/icon-judge/README.md: what the judge is, and whose drawings it was taught on, measured with and compared to;
and beside it NOTICE.md: the copyright lines and licences of the drawings that lie in the repository, and of the words in captions.
"""
import json

import place

from data import Bank
from paths import CONCEPTS, DATA


SETS = json.loads((DATA / "glyphs.json").read_text())["sets"]
LICENCES = {"MIT": "MIT", "ISC": "ISC", "Apache 2.0": "Apache-2.0"}  # as Iconify calls them: those that ask for their text
FROM_OTHERS = {"lucide": ("MIT", "Feather (some drawings of Lucide are derived from it): Cole Bemis, 2013 to present")}


def drawings(use, clean):
    """How many drawings of each set, the most first."""
    bank = Bank(CONCEPTS, use, clean=clean)
    count = {}
    for pool in bank.by_concept.values():
        for g in pool:
            count[bank.glyphs[g]["set"]] = count.get(bank.glyphs[g]["set"], 0) + 1
    return dict(sorted(count.items(), key=lambda one: -one[1]))


def linked(words, url):
    return f"[{words}]({url})" if url else words


def table(use, clean):
    lines = ["| set | author | licence | drawings |", "|---|---|---|---|"]
    for name, count in drawings(use, clean).items():
        s = SETS[name]
        lines.append(f"| {s['name']} | {linked(s['author']['name'], s['author'].get('url'))} | {linked(s['license']['title'], s['license'].get('url'))} | {count} |")
    return "\n".join(lines)


def notice():
    held = {text: [] for text in LICENCES.values()}
    for name in sorted({**drawings("train", False), **drawings("ceiling", False)}):
        s = SETS[name]
        text = LICENCES.get(s["license"]["title"])
        if text:
            held[text].append(f"{s['name']}: {s['author']['name']}")
        elif not s["license"]["title"].startswith("CC0"):
            raise SystemExit(f"{name} is under {s['license']['title']}; look at it, and add its text to recipes/judge/licences")
        if name in FROM_OTHERS:
            held[FROM_OTHERS[name][0]].append(FROM_OTHERS[name][1])
    held["Unicode-3.0"] = ["CLDR annotations, words in captions and in `models/icon-64/concepts.json`: Unicode, Inc."]
    parts = [f"## {text}\n\nCopyright of\n\n" + "\n".join(f"* {h}" for h in holders)
             + "\n\n" + "\n".join(f"    {line}".rstrip() for line in (place.HERE / "licences" / f"{text}.txt").read_text().rstrip().splitlines()) for text, holders in held.items()]
    return ("# Notices\n\nDrawings of these icon sets lie in `glyphs.bin.gz` (scaled to 32x32 bits) and, in the repository, in `test/fixtures/judge`; authors and licences"
            "\nas Iconify declares them, the addresses are in README.md. Sets under CC0 ask for nothing.\n\n" + "\n\n".join(parts) + "\n")


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
The licences' texts are in `NOTICE.md`.

## Drawings in glyphs.bin.gz

{table("train", False)}

## Drawings that taught the judge

{table("judge", True)}

## Drawings that measure the ceiling (some of them in `test/fixtures/judge`)

{table("ceiling", False)}
""")
    (place.JUDGE / "NOTICE.md").write_text(notice())


if __name__ == "__main__":
    main()

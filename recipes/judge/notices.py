"""Writes README.md of models/icon-judge and models/emoji-judge: what the judge is, and whose drawings it was taught on, measured
with and compared to; and beside them NOTICE.md: the copyright lines and licences of the drawings that lie in the repository, of
the words in captions, and of the emoji that taught.
"""
import json
from collections import Counter

import place

from data import Bank
from emoji import EmojiBank
from paths import CONCEPTS, DATA


SETS, EMOJI_SETS = (json.loads((DATA / name).read_text())["sets"] for name in ("glyphs.json", "emoji.json"))
LICENCES = {"MIT": "MIT", "ISC": "ISC", "Apache 2.0": "Apache-2.0"}  # as Iconify calls them: those that ask for their text
FROM_OTHERS = {"lucide": ("MIT", "Feather (some drawings of Lucide are derived from it): Cole Bemis, 2013 to present")}


def drawings(use, clean):
    """How many drawings of each set, the most first."""
    bank = Bank(CONCEPTS, use, clean=clean)
    return counted(bank.glyphs[g]["set"] for pool in bank.by_concept.values() for g in pool)


def emoji_drawings(use):
    """The same of emoji."""
    bank = EmojiBank(use=use)
    return counted(bank.emoji[i]["set"] for pool in bank.by_label.values() for i in pool)


def counted(sets):
    return dict(Counter(sets).most_common())


def linked(words, url):
    return f"[{words}]({url})" if url else words


def table(count, sets=SETS):
    lines = ["| set | author | licence | drawings |", "|---|---|---|---|"]
    for name, n in count.items():
        s = sets[name]
        lines.append(f"| {s['name']} | {linked(s['author']['name'], s['author'].get('url'))} | {linked(s['license']['title'], s['license'].get('url'))} | {n} |")
    return "\n".join(lines)


def section(licence, holders):
    """A licence's text under the names of those who hold the copyright."""
    text = (place.HERE / "licences" / f"{licence}.txt").read_text().rstrip().splitlines()
    return f"## {licence}\n\nCopyright of\n\n" + "\n".join(f"* {h}" for h in holders) + "\n\n" + "\n".join(f"    {line}".rstrip() for line in text)


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
    parts = [section(text, holders) for text, holders in held.items()]
    return ("# Notices\n\nDrawings of these icon sets lie in `glyphs.bin.gz` (scaled to 32x32 bits) and, in the repository, in `test/fixtures/judge`; authors and licences"
            "\nas Iconify declares them, the addresses are in README.md. Sets under CC0 ask for nothing.\n\n" + "\n\n".join(parts) + "\n")


def emoji_notice():
    taught, measured = emoji_drawings("judge"), emoji_drawings("ceiling")
    held = {"CC-BY-4.0": [], "Apache-2.0": []}
    for name in sorted(taught | measured):
        s = EMOJI_SETS[name]
        if s["license"]["spdx"] not in held:
            raise SystemExit(f"{name} is under {s['license']['title']}; look at it, and say in recipes/judge/notices.py what it asks for")
        held[s["license"]["spdx"]].append((name, f"{s['name']}: {s['author']['name']}", s["author"]["url"]))
    attributed = "\n".join(f"* {who}, {url}; {'taught the judge' if name in taught else 'some in `test/fixtures/emoji-judge` of the repository'}" for name, who, url in held["CC-BY-4.0"])
    return ("# Notices\n\nDrawings of these emoji sets taught the judge, whose weights were computed from them, or lie in the repository in `test/fixtures/emoji-judge`; authors and"
            "\nlicences as Iconify declares them."
            "\n\n## CC-BY-4.0\n\nCreated by\n\n" + attributed +
            "\n\nThey are licensed under the Creative Commons Attribution 4.0 International licence, https://creativecommons.org/licenses/by/4.0/, which disclaims warranties."
            "\nThey were changed: scaled to 64x64 pixels and placed in pictures and, to teach, cut out of them.\n\n"
            + section("Apache-2.0", [who for _, who, _ in held["Apache-2.0"]]) + "\n")


def icon_judge():
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

{table(drawings("train", False))}

## Drawings that taught the judge

{table(drawings("judge", True))}

## Drawings that measure the ceiling (some of them in `test/fixtures/judge`)

{table(drawings("ceiling", False))}
""")
    (place.JUDGE / "NOTICE.md").write_text(notice())


def emoji_judge():
    judge = json.loads((place.EMOJI_JUDGE / "judge.json").read_text())
    (place.EMOJI_JUDGE / "README.md").write_text(f"""# emoji-judge

What `easel evaluate emoji` scores pictures with. Not a model to draw with.

| file | what it is | made by |
|---|---|---|
| `judge.onnx`, `judge.json` | which of {len(judge['labels'])} labels a coloured drawing shows; taught on drawings that the generator never saw | `recipes/judge/train_emoji_judge.py` |
| `prompts.json` | 500 prompts per split with the labels their pictures must show | `recipes/judge/emoji_prompts.py` |
| `calibration.json` | the same scores on real pictures: the ceiling | `recipes/judge/emoji_calibrate.py` |

Licences are as the emoji sets declare them. Weights: MIT, as Easel. Drawings were scaled to 64x64.
What the licences ask for is in `NOTICE.md`.

## Drawings that taught the judge

{table(emoji_drawings("judge"), EMOJI_SETS)}

## Drawings that measure the ceiling (some of them in `test/fixtures/emoji-judge`)

{table(emoji_drawings("ceiling"), EMOJI_SETS)}
""")
    (place.EMOJI_JUDGE / "NOTICE.md").write_text(emoji_notice())


if __name__ == "__main__":
    icon_judge()
    emoji_judge()

"""The prompts that a model is asked in `easel evaluate icons`, with the labels their pictures must show.

Writes models/icon-judge/prompts.json: 500 per split, every concept about equally often. Each prompt is drawn from a hash
of its split, concept and number, and the file is committed: the lists never move. Prompts state everything; nothing is
dropped. Run it again only to add concepts.
"""
import hashlib
import json

import place
import numpy as np

import captions
import palette
import splits
from data import KINDS, Bank
from paths import CONCEPTS

SPLITS = ("seen", "pairs", "colour-pairs", "style", "wording")
COUNT = 500
SHARES = {"outline": 0.6, "filled": 0.4}
SYNONYMS = 0.3  # of the wording split; the rest are templates never trained


def number(*parts):
    return int.from_bytes(hashlib.sha256("|".join(("easel-prompts-1",) + parts).encode()).digest()[:8], "big")


def labels(rng):
    """Container, colours and canvas as in training: 0.4 bare, 0.7 on white."""
    kind = int(rng.choice(3, p=(0.4, 0.3, 0.3)))
    canvas = palette.WHITE if rng.random() < 0.7 else int(rng.integers(12))
    touching = lambda i: np.flatnonzero(palette.MAY_TOUCH[i])
    bg = int(rng.choice(touching(canvas))) if kind else canvas
    return dict(container=KINDS[kind], bg=bg, fg=int(rng.choice(touching(bg))), canvas=canvas)


def accepts(split, key, l):
    held = splits.concept_colour_held_out(key, palette.NAMES[l["fg"]]) or splits.concept_container_held_out(key, l["container"])
    pair = (l["fg"], l["bg"]) in splits.COLOUR_PAIRS_HELD_OUT
    return (held and not pair) if split == "pairs" else (pair and not held) if split == "colour-pairs" else not held and not pair


def style(split, concept, bank, c, rng):
    """A style in which the concept was drawn in training; in the style split, one in which it was not."""
    missing = [s for s in SHARES if splits.style_held_out(concept["key"], s)]
    if split == "style":
        return missing[0] if missing else None
    drawn = [s for s in SHARES if s not in missing and sum(bank.style[g] == s for g in bank.by_concept[c]) >= 3]
    share = np.array([SHARES[s] for s in drawn])
    return drawn[rng.choice(len(drawn), p=share / share.sum())] if drawn else None


def prompt(split, k, bank, c, synonym):
    """One prompt with its labels, or None if this concept has none in this split."""
    concept = bank.concepts[c]
    rng = np.random.default_rng(number(split, concept["key"], str(k)))
    for _ in range(4000):
        l = labels(rng)
        l["style"] = style(split, concept, bank, c, rng)
        if l["style"] is None:
            return None
        if not accepts(split, concept["key"], l):
            continue
        template = rng.choice(list(captions.TEMPLATES), p=captions.WEIGHTS)
        if split == "wording":
            template = "plain" if synonym else ("with", "comma")[rng.integers(2)]
        text, _ = captions.caption(l, concept, rng, template=template, complete=True, held_out_synonym=synonym)
        if text is None:
            return None
        if not text.startswith("with "):  # nothing stands before it: a bare icon on white
            return dict(prompt=text, concept=concept["name"], wording="trained" if split != "wording" else "new word" if synonym else "new order", **l)
    return None


def listed(split, bank, count, synonym=False):
    """`count` prompts in the order of their hashes, so that any first part of the list is a fair sample."""
    usable = [c for c in bank.ids if prompt(split, 0, bank, c, synonym)]
    rounds = -(-count // len(usable)) + 1
    pool = [(k, number("order", split, bank.key(c), str(k)), p) for k in range(rounds) for c in usable if (p := prompt(split, k, bank, c, synonym))]
    chosen = sorted(pool, key=lambda entry: entry[:2])[:count]  # as equally often as it goes
    return [p for _, _, p in sorted(chosen, key=lambda entry: entry[1])]


def all_prompts(top=CONCEPTS):
    """split -> list of dicts: prompt, concept, style, fg, container, bg, canvas (colours are palette indices)."""
    bank, judged = Bank(top), Bank(top, "judge").by_concept
    bank.ids = [c for c in bank.ids if c in judged]  # what the judge was never shown it cannot recognise
    out = {}
    for split in SPLITS:
        if split != "wording":
            out[split] = listed(split, bank, COUNT)
            continue
        other = listed(split, bank, round(SYNONYMS * COUNT), synonym=True)
        both = listed(split, bank, COUNT - len(other)) + other
        out[split] = sorted(both, key=lambda p: number("order", p["prompt"]))
    return out


def read_prompts():
    """What was written, with the same keys."""
    data = json.loads((place.JUDGE / "prompts.json").read_text())
    colour = data["colours"].index
    unpack = lambda p: dict(zip(("prompt", "concept", "style", "fg", "container", "bg", "canvas", "wording"), [p[0], p[1], p[2], colour(p[3]), p[4], colour(p[5]), colour(p[6]), p[8]]))
    return {split: [unpack(p) for p in rows] for split, rows in data["splits"].items()}


def main():
    ceiling = Bank(CONCEPTS, "ceiling", clean=False)
    drawn = {ceiling.concepts[c]["name"] for c in ceiling.by_concept}
    name = palette.NAMES.__getitem__
    rows = lambda prompts: ",\n".join("   " + json.dumps([p["prompt"], p["concept"], p["style"], name(p["fg"]), p["container"], name(p["bg"]), name(p["canvas"]), p["concept"] in drawn, p["wording"]]) for p in prompts)
    lists = all_prompts()
    text = ('{\n "fields": ["prompt", "concept", "style", "foreground", "container", "background", "canvas", "measured on real pictures", "wording"],\n'
            f' "colours": {json.dumps(palette.NAMES)},\n "palette": {json.dumps(list(palette.COLOURS.values()))},\n "splits": {{\n'
            + ",\n".join(f'  {json.dumps(split)}: [\n{rows(prompts)}\n  ]' for split, prompts in lists.items()) + "\n }\n}\n")
    (place.JUDGE / "prompts.json").write_text(text)
    for split, prompts in lists.items():
        print(split, len(prompts), "concepts", len({p["concept"] for p in prompts}), "with a ceiling", sum(p["concept"] in drawn for p in prompts))


if __name__ == "__main__":
    main()

"""Prompts of every split with the labels they ask for, by seed. Evaluated prompts state everything: nothing is dropped."""
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "icons"))
import captions  # noqa: E402
import palette  # noqa: E402
import splits  # noqa: E402
from data import KINDS, Bank, Pictures  # noqa: E402

SPLITS = ("seen", "pairs", "colour-pairs", "style", "wording")


def prompts(split, n, top=200, seed=0):
    """n dicts: prompt, concept, labels (container, bg, fg, canvas, style)."""
    bank = Bank(top)
    pictures = Pictures(bank, seed=1000 + seed)
    held = lambda c, fg, kind: (splits.concept_colour_held_out(bank.key(c), palette.NAMES[fg])
                                or splits.concept_container_held_out(bank.key(c), KINDS[kind]))
    accept = {
        "pairs": lambda c, fg, kind, bg: held(c, fg, kind) and (fg, bg) not in splits.COLOUR_PAIRS_HELD_OUT,
        "colour-pairs": lambda c, fg, kind, bg: (fg, bg) in splits.COLOUR_PAIRS_HELD_OUT and not held(c, fg, kind),
    }.get(split)
    out = []
    while len(out) < n:
        labels = pictures.labels(accept=accept)
        options = dict(template="plain", complete=True)
        if split == "style":  # a style that this concept was never drawn in
            missing = [s for s in ("outline", "filled") if splits.style_held_out(bank.key(labels["c"]), s)]
            if not missing:
                continue
            labels["style"] = missing[0]
        elif split == "wording":
            if pictures.rng.random() < 0.7:
                options["template"] = ("with", "comma")[pictures.rng.integers(2)]
                if options["template"] == "with" and labels["container"] == "none" and labels["canvas"] == palette.WHITE:
                    continue
            else:
                options["held_out_synonym"] = True
        else:
            options["template"] = pictures.rng.choice(list(captions.TEMPLATES), p=captions.WEIGHTS)
        text, _ = pictures.caption(labels, **options)
        if text is None:
            continue
        out.append(dict(prompt=text, concept=bank.concepts[labels["c"]]["name"], labels=labels, bank=bank, pictures=pictures))
    return out

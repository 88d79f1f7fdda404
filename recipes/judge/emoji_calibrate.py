"""What the emoji judge and the pixel checks say about real pictures: of unseen sets (the ceiling), with captions of other
pictures, blurred, noisy, and the generator's own training drawings. No model is involved.
"""
import json

import place
import numpy as np
from scipy import ndimage

from data import KINDS
from emoji import Emoji, EmojiBank
from emoji_prompts import read_prompts
from emoji_score import MARKS, EmojiScorer
from score import to_uint8


def real_pictures(prompts, use, seed=3):
    """(prompt, picture) for prompts whose label the sets of a use draw: just what they ask for, but for the style."""
    bank = EmojiBank(use=use)
    artist = Emoji(bank, seed)
    number = {label["name"]: i for i, label in enumerate(bank.labels)}
    out = []
    for p in prompts:
        drawings = bank.by_label.get(number[p["label"]])
        if drawings:
            l = dict(kind=KINDS.index(p["container"]), bg=p["bg"], canvas=p["canvas"], glyph=drawings[artist.rng.integers(len(drawings))])
            out.append((p, to_uint8(artist.drawn([l])[0][0])))
    return out


def mean(scorer, pairs, change=lambda x: x):
    rows = [scorer(change(x), p) for p, x in pairs]
    return {m: round(float(np.mean([r[m] for r in rows])), 3) for m in MARKS} | {"n": len(rows)}


def main():
    scorer, rng = EmojiScorer(), np.random.default_rng(0)
    lists = read_prompts()
    pairs = real_pictures(lists["emoji"], "ceiling")
    result = {
        "ceiling": {split: mean(scorer, real_pictures(prompts, "ceiling")) for split, prompts in lists.items()},
        "training drawings": mean(scorer, real_pictures(lists["emoji"], "train")),
        "mismatched captions": mean(scorer, [(p, x) for (p, _), (_, x) in zip(pairs, pairs[7:] + pairs[:7])]),
        "blur 0.8": mean(scorer, pairs, lambda x: ndimage.gaussian_filter(x.astype(float), (0.8, 0.8, 0)).round().astype(np.uint8)),
        "noise 12": mean(scorer, pairs, lambda x: (x + rng.normal(0, 12, x.shape)).clip(0, 255).astype(np.uint8)),
    }
    for name, scores in result.items():
        print(name, scores, flush=True)
    (place.EMOJI_JUDGE / "calibration.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()

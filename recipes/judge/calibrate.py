"""What the judge and the pixel checks say about real pictures: of unseen sets (the ceiling), with captions of other
pictures, blurred, noisy. Writes calibration.json. No model is involved."""
import json
import sys
from pathlib import Path

import numpy as np
from scipy import ndimage

from prompts import SPLITS, Bank, Pictures, prompts
from score import HERE, Scorer, to_uint8

N = int(sys.argv[1]) if len(sys.argv) > 1 else 300
TOP = 200


def real_pictures(split, n):
    """Pictures that show exactly what the split's prompts ask for, drawn by sets that neither generator nor judge saw."""
    ceiling = Bank(TOP, "ceiling", clean=False)
    artist = Pictures(ceiling, seed=3)
    out = []
    for p in prompts(split, n, TOP):
        pool = ceiling.by_concept.get(p["labels"]["c"], [])
        if pool:
            out.append((p, artist.draw([{**p["labels"], "glyph": pool[artist.rng.integers(len(pool))]}])[0].numpy()))
    return out


def mean(scorer, pairs, change=lambda x: x):
    rows = [scorer(change(to_uint8(x)), p["concept"], p["labels"])[0] for p, x in pairs]
    return {k: round(float(np.mean([r[k] for r in rows])), 3) for k in rows[0]} | {"n": len(rows)}


def main():
    scorer, rng = Scorer(), np.random.default_rng(0)
    blur = lambda x: ndimage.gaussian_filter(x.astype(float), (0.8, 0.8, 0)).round().astype(np.uint8)
    noise = lambda x: (x + rng.normal(0, 12, x.shape)).clip(0, 255).astype(np.uint8)
    result = {"ceiling": {}}
    for split in SPLITS:
        pairs = real_pictures(split, N)
        result["ceiling"][split] = mean(scorer, pairs)
        print(split, result["ceiling"][split], flush=True)
        if split == "seen":
            shifted = [(a, x) for (a, _), (_, x) in zip(pairs, pairs[7:] + pairs[:7])]
            result["mismatched captions"] = mean(scorer, shifted)
            result["blur 0.8"], result["noise 12"] = mean(scorer, pairs, blur), mean(scorer, pairs, noise)
            for k in ("mismatched captions", "blur 0.8", "noise 12"):
                print(k, result[k], flush=True)
    (HERE / "calibration.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()

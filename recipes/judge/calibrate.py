"""What the judge and the pixel checks say about real pictures: of unseen sets (the ceiling), with captions of other
pictures, blurred, noisy; how often two sets draw the same, and how distinct sixteen human drawings of one concept are.
Writes models/icon-judge/calibration.json. No model is involved.
"""
import json

import place
import numpy as np
from scipy import ndimage

import palette
from data import KINDS, Bank, Pictures
from extract import extract, normalise
from paths import CONCEPTS
from prompts import read_prompts
from score import COPY, Scorer, bits, overlaps, read_references, to_uint8

SEEDS = 16


def real_pictures(prompts, seed=3):
    """Pictures that show exactly what the prompts ask for, drawn by sets that neither generator nor judge saw; in the style
    asked for where such a drawing exists."""
    bank = Bank(CONCEPTS, "ceiling", clean=False)
    by_name = {bank.concepts[c]["name"]: c for c in bank.by_concept}
    artist = Pictures(bank, seed)
    out = []
    for p in prompts:
        if p["concept"] not in by_name:
            continue
        drawings = bank.by_concept[by_name[p["concept"]]]
        same = [g for g in drawings if bank.style[g] == p["style"]]
        pool = same or drawings
        picture = artist.draw([{**p, "kind": KINDS.index(p["container"]), "glyph": pool[artist.rng.integers(len(pool))]}])[0].numpy()
        out.append((p, to_uint8(picture), bool(same)))
    return out


def mean(scorer, pairs, references=None, change=lambda x: x):
    rows, styles, copies = [], [], []
    for p, x, in_style in pairs:
        right, glyph = scorer(change(x), p["concept"], p)
        style = right.pop("style")
        rows.append(right)
        if in_style:
            styles.append(style)
        if references is not None:
            copies.append(glyph is not None and overlaps(bits(glyph), references).max() > COPY)
    out = {k: round(float(np.mean([r[k] for r in rows])), 3) for k in rows[0]}
    out["style"] = round(float(np.mean(styles)), 3) if styles else None
    return out | ({} if references is None else {"copies": round(float(np.mean(copies)), 3)}) | {"n": len(rows)}


def distinct(glyphs):
    """How many of the glyphs are no copy of one before, divided by their number."""
    kept = []
    for glyph in glyphs:
        if glyph is not None and not (kept and overlaps(bits(glyph), np.stack(kept)).max() >= COPY):
            kept.append(bits(glyph))
    return len(kept) / len(glyphs)


def distinctness():
    """Sixteen drawings of one concept by sets that the generator never saw, each in its own place and colours."""
    bank = Bank(CONCEPTS, "judge+ceiling", clean=False)
    artist = Pictures(bank, seed=5)
    shares = []
    for c in sorted(bank.by_concept):
        if len(bank.by_concept[c]) < SEEDS:
            continue
        chosen = artist.rng.choice(bank.by_concept[c], SEEDS, replace=False)
        plain = dict(fg=palette.NAMES.index("black"), bg=palette.WHITE, canvas=palette.WHITE, kind=0)
        glyphs = [extract(to_uint8(artist.draw([{**plain, "glyph": g}])[0].numpy()))["glyph"] for g in chosen]
        shares.append(distinct([None if g is None else normalise(g) for g in glyphs]))
    return {"distinct of 16": round(float(np.mean(shares)), 3), "concepts": len(shares)}


def main():
    scorer, rng, references = Scorer(), np.random.default_rng(0), read_references()
    blur = lambda x: ndimage.gaussian_filter(x.astype(float), (0.8, 0.8, 0)).round().astype(np.uint8)
    noise = lambda x: (x + rng.normal(0, 12, x.shape)).clip(0, 255).astype(np.uint8)
    result = {"ceiling": {}}
    for split, prompts in read_prompts().items():
        pairs = real_pictures(prompts)
        result["ceiling"][split] = mean(scorer, pairs, references)
        print(split, result["ceiling"][split], flush=True)
        if split == "seen":
            shifted = [(p, x, False) for (p, _, _), (_, x, _) in zip(pairs, pairs[7:] + pairs[:7])]
            result["mismatched captions"] = mean(scorer, shifted)
            result["blur 0.8"], result["noise 12"] = mean(scorer, pairs, change=blur), mean(scorer, pairs, change=noise)
            for k in ("mismatched captions", "blur 0.8", "noise 12"):
                print(k, result[k], flush=True)
    result["distinctness"] = distinctness()
    print(result["distinctness"])
    (place.JUDGE / "calibration.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()

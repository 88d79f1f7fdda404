"""Writes test/fixtures/judge/: pictures and what extract.py, score.py and the judge say of each. src/evaluation must say the
same. Real drawings as they are, blurred, noisy, shrunk; pictures of an early model; and pictures with nothing to find.
"""
import gzip
import json

import place
import numpy as np
from PIL import Image
from scipy import ndimage

from calibrate import real_pictures
from extract import extract, normalise
from prompts import read_prompts
from score import Scorer, bits, measured_style, overlaps, read_references


def worse(name, x, rng):
    """The picture as it is, blurred, noisy, and seen through 32 pixels."""
    yield name, x
    f = x.astype(float)
    yield f"{name}, blurred", ndimage.gaussian_filter(f, (0.8, 0.8, 0)).round().astype(np.uint8)
    yield f"{name}, noisy", (f + rng.normal(0, 12, f.shape)).clip(0, 255).astype(np.uint8)
    small = f.reshape(32, 2, 32, 2, 3).mean((1, 3))
    yield f"{name}, of 32 pixels", small.repeat(2, 0).repeat(2, 1).round().astype(np.uint8)


def write_sheet(tiles, path, columns=12):
    sheet = np.zeros((64 * -(-len(tiles) // columns), 64 * columns, 3), np.uint8)
    for i, x in enumerate(tiles):
        sheet[64 * (i // columns):64 * (i // columns) + 64, 64 * (i % columns):64 * (i % columns) + 64] = x
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(sheet).save(path, optimize=True)


def write_rows(rows, path):
    path.write_text("[\n" + ",\n".join(" " + json.dumps(row) for row in rows) + "\n]\n")


def likeliest(logits):
    """The five names that a judge finds likeliest, by number."""
    return [int(i) for i in np.argsort(-logits, kind="stable")[:5]]


def pictures():
    rng = np.random.default_rng(7)
    prompts = read_prompts()
    real = [(p, x) for split in ("seen", "style") for p, x, _ in real_pictures(prompts[split][:60], seed=9)][::5]
    for i, (_, x) in enumerate(real):
        yield from worse(f"real {i}", x, rng)
    sheet = np.asarray(Image.open(place.HERE / "early-model.png").convert("RGB"))
    for i in range(sheet.shape[1] // 64):
        yield f"early model {i}", sheet[:64, 64 * i:64 * i + 64]
    yield "white", np.full((64, 64, 3), 255, np.uint8)
    yield "grey noise", rng.integers(0, 256, (64, 64, 3)).astype(np.uint8)
    yield "gradient", np.broadcast_to((np.arange(64) * 4)[None, :, None], (64, 64, 3)).astype(np.uint8)
    dot = np.full((64, 64, 3), 255, np.uint8)
    dot[30:33, 30:33] = 0
    yield "three by three pixels", dot
    line = np.full((64, 64, 3), 255, np.uint8)
    line[32] = (229, 57, 53)
    yield "a line of one pixel", line
    full = np.full((64, 64, 3), 17, np.uint8)
    full[2:62, 2:62] = (30, 98, 224)
    yield "almost all of it", full
    speck = np.full((64, 64, 3), (219, 80, 24), np.uint8)  # less than a fiftieth of the pixels is foreground
    speck[30:36, 30:35] = (197, 57, 233)
    yield "a speck", speck


def main():
    scorer, references = Scorer(), read_references()
    names, tiles, expected, glyphs = [], [], [], []
    for name, x in pictures():
        seen = extract(x)
        glyph = normalise(seen["glyph"]) if seen["glyph"] is not None else None
        row = {"name": name, **{k: seen[k] for k in ("canvas", "container", "bg", "fg")}, "glyph": glyph is not None}
        if glyph is not None:
            logits = scorer.session.run(None, {"glyph": glyph[None, None]})[0][0]
            row |= {"style": measured_style(glyph), "top": likeliest(logits), "overlap": round(float(overlaps(bits(glyph), references).max()), 6)}
            glyphs.append((glyph * 255).round().astype(np.uint8))
        expected.append(row)
        tiles.append(x)
    write_sheet(tiles, place.TESTS / "pictures.png")
    (place.TESTS / "glyphs.bin.gz").write_bytes(gzip.compress(np.stack(glyphs).tobytes(), 9, mtime=0))
    write_rows(expected, place.TESTS / "expected.json")
    print(f"{len(tiles)} pictures, {len(glyphs)} with a glyph")


if __name__ == "__main__":
    main()

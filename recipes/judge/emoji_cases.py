"""Writes test/fixtures/emoji-judge/: pictures, what each was asked to show, and what cut_out.py and emoji_score.py see of it.
src/evaluation/emoji must see the same. Real drawings of unseen sets, bare and in containers, as they are, blurred, noisy, shrunk;
the same asked for in another container; and pictures with nothing to find.
"""
import gzip

import place
import numpy as np

import palette
from cut_out import cut_out
from emoji_calibrate import real_pictures
from emoji_prompts import read_prompts
from emoji_score import EmojiScorer
from extract_cases import likeliest, worse, write_rows, write_sheet


def cases():
    """(name, prompt, picture) of each."""
    rng = np.random.default_rng(7)
    prompts = [p for part in read_prompts().values() for p in part[:60]]
    real = real_pictures(prompts, "ceiling", seed=9)
    for kind in ("none", "circle", "rounded square"):
        of_kind = [(p, x) for p, x in real if p["container"] == kind]
        white = [one for one in of_kind if palette.NAMES[one[0]["canvas"]] == "white"][:1]
        coloured = [one for one in of_kind if palette.NAMES[one[0]["canvas"]] != "white"][:1]
        for name, pairs in ((f"{kind} on white", white), (f"{kind} on a colour", coloured)):
            for p, x in pairs:
                for changed, picture in worse(name, x, rng):
                    yield changed, p, picture
                yield f"{name}, asked for in another container", {**p, "container": "circle" if kind == "none" else "none"}, x
    bare, contained, squared = (next(p for p, _ in real if p["container"] == kind) for kind in ("none", "circle", "rounded square"))
    yield "white", bare, np.full((64, 64, 3), 255, np.uint8)
    yield "noise", bare, rng.integers(0, 256, (64, 64, 3)).astype(np.uint8)
    yield "gradient", contained, np.broadcast_to((np.arange(64) * 4)[None, :, None], (64, 64, 3)).astype(np.uint8)
    specks = np.full((64, 64, 3), 255, np.uint8)
    specks[4::20, 4::55] = 0
    yield "specks", bare, specks
    corner = np.full((64, 64, 3), 255, np.uint8)
    corner[:9, 50:] = (30, 98, 224)
    corner[2:6, 53:60] = 255
    yield "a ring in the corner", bare, corner
    soft = np.full((64, 64, 3), 255, np.uint8)
    soft[5:59, 5:59] = (30, 98, 224)
    soft[22:42, 22:42] = (229, 57, 53)
    soft[20:44, 56:59] = (97, 145, 233)
    yield "a container that is soft on one side", squared, soft


def main():
    scorer = EmojiScorer()
    tiles, expected, drawings = [], [], []
    for name, p, x in cases():
        _, drawing = cut_out(x, p["container"])
        row = {"name": name, "label": p["label"], "container": p["container"], "background": palette.NAMES[p["bg"]], "canvas": palette.NAMES[p["canvas"]],
               "marks": [int(mark) for mark in scorer(x, p).values()], "drawing": drawing is not None}
        if drawing is not None:
            row["top"] = likeliest(scorer.session.run(None, {"drawing": drawing[None]})[0][0])
            drawings.append((drawing * 65535.0).round().astype("<u2"))
        expected.append(row)
        tiles.append(x)
    write_sheet(tiles, place.EMOJI_TESTS / "pictures.png")
    (place.EMOJI_TESTS / "drawings.bin.gz").write_bytes(gzip.compress(np.stack(drawings).tobytes(), 9, mtime=0))
    write_rows(expected, place.EMOJI_TESTS / "expected.json")
    print(f"{len(tiles)} pictures, {len(drawings)} with a drawing")


if __name__ == "__main__":
    main()

"""Captioned folders of real icons for soft tokens and `easel evaluate retrieval`: OUT/train and OUT/held-out.

python captioned_folders.py OUT [train] [held-out]: 400 and 200 pictures unless said. Train: drawings and combinations that the
model was taught. Held out: drawings by sets that it never saw, of combinations (concept with colour, concept with container)
that it never saw either. Captions state everything. OUT is outside the checkout: the drawings are others' work.
"""
import json
import sys
from pathlib import Path

import place  # noqa: F401
from PIL import Image

import captions
from calibrate import real_pictures
from data import Bank, Pictures
from paths import CONCEPTS
from prompts import read_prompts
from score import to_uint8


def write(folder, pairs):
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "metadata.jsonl", "w") as out:
        for i, (picture, caption) in enumerate(pairs):
            Image.fromarray(picture).save(folder / f"{i:04}.png")
            out.write(json.dumps({"file_name": f"{i:04}.png", "text": caption}) + "\n")
    print(f"{folder}: {len(pairs)} pictures, {len({c for _, c in pairs})} captions")


def taught(count):
    artist = Pictures(Bank(CONCEPTS), seed=77)
    labels = [artist.labels() for _ in range(count)]
    said = [captions.caption(l, artist.bank.concepts[l["c"]], artist.rng, complete=True)[0] for l in labels]
    return [(to_uint8(x.numpy()), caption) for x, caption in zip(artist.draw(labels), said)]


def held_out(count):
    pairs = [(x, p["prompt"]) for p, x, _ in real_pictures(read_prompts()["pairs"], seed=78)]
    return pairs[:count]


def main():
    out = Path(sys.argv[1])
    sizes = [int(n) for n in sys.argv[2:4]] + [400, 200][len(sys.argv[2:4]):]
    write(out / "train", taught(sizes[0]))
    write(out / "held-out", held_out(sizes[1]))


if __name__ == "__main__":
    main()

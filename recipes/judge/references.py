"""Packs the training drawings for the copy check: models/icon-judge/glyphs.bin.gz, 128 bytes (32x32 bits) each.

Drawings of the known concepts, also those that cleaning left out.
"""
import gzip

import place
import numpy as np

from data import Bank
from paths import CONCEPTS
from score import bits


def main():
    bank = Bank(CONCEPTS, clean=False)
    ids = sorted(g for c in bank.by_concept for g in bank.by_concept[c])
    packed = np.concatenate([np.packbits(bits(bank.masks[part].astype(np.float32) / 255), axis=1) for part in np.array_split(np.array(ids), 20)])
    packed = np.unique(packed, axis=0)
    path = place.JUDGE / "glyphs.bin.gz"
    path.write_bytes(gzip.compress(packed.tobytes(), 9, mtime=0))
    print(f"{len(ids)} drawings, {len(packed)} different at 32x32, {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()

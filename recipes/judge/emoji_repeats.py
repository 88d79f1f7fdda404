"""From which overlap on are two drawings of an emoji one? Real drawings, each placed twice in pictures of one prompt, against
drawings of one label by two sets, compared as src/evaluation/emoji does: bits of how little red, green and blue is seen, and of
the coverage. Of the glyphs' 0.9 a third of the repetitions would be missed; 0.8 errs equally often on both sides.
"""
from itertools import combinations

import place  # noqa: F401 (finds emoji)
import numpy as np

from cut_out import cut_out
from emoji import Emoji, EmojiBank
from score import bits, overlaps, to_uint8

EVERY = 5  # labels


def ink(drawing):
    """[4,64,64] to [4096] of 0 and 1."""
    return bits(np.concatenate([1 - drawing[:3], drawing[3:]])).reshape(-1)


def main():
    repeated, other = [], []
    banks = [EmojiBank(use=use) for use in ("train", "judge", "ceiling")]
    for label in range(0, len(banks[0].labels), EVERY):
        firsts = []
        for bank in banks:
            artist = Emoji(bank, label)
            for drawing in bank.by_label.get(label, []):
                l = artist.with_drawing({**artist.labels(), "label": label}, drawing)
                twice = [cut_out(to_uint8(artist.drawn([l])[0][0]), l["container"])[1] for _ in range(2)]
                if any(found is None for found in twice):
                    continue
                first, second = map(ink, twice)
                repeated.append(overlaps(first, second[None])[0])
                firsts.append(first)
        other += [overlaps(a, b[None])[0] for a, b in combinations(firsts, 2)]
    print(f"{len(repeated)} drawings placed twice, {len(other)} pairs of two sets")
    for limit in (0.7, 0.75, 0.8, 0.85, 0.9):
        print(f"from {limit} on the same: {np.mean(np.array(repeated) >= limit):.3f} of the repeated, {np.mean(np.array(other) >= limit):.3f} of the others")


if __name__ == "__main__":
    main()

"""Held-out splits 1 to 7, decided by hashes of names so that they never move when data is added.

1 seen: new samples of what was trained. 2 pairs: 10 % of (concept, foreground) and of (concept, container) pairs.
3 colour pairs: 12 (foreground, background) pairs. 4 style: 5 % of (concept, filled or outline) pairs.
5 emoji style: 10 % of (label, set) cells. 6 wording: two templates and 5 % of synonyms. 7 sets: see bank/sets.mjs.
"""
import hashlib
from functools import lru_cache

import palette


@lru_cache(maxsize=None)
def share(*parts):
    """A number in [0, 1) that depends on the names alone."""
    digest = hashlib.sha256("|".join(("easel-icons-1",) + parts).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def concept_colour_held_out(concept, foreground):
    return share("concept-colour", concept, foreground) < 0.10


def concept_container_held_out(concept, container):
    return share("concept-container", concept, container) < 0.10


def style_held_out(concept, style):
    return style in ("outline", "filled") and share("concept-style", concept, style) < 0.05


def emoji_held_out(label, emoji_set):
    return share("emoji", label, emoji_set) < 0.10


def synonym_held_out(concept, synonym):
    return share("synonym", concept, synonym) < 0.05


# The twelve allowed pairs with the smallest hashes. A white background is never held out: most pictures have a white
# canvas, and holding out (green, white) would take every bare green icon from the training.
COLOUR_PAIRS_HELD_OUT = frozenset(
    sorted((p for p in palette.PAIRS if p[1] != palette.WHITE), key=lambda p: share("colour-pair", palette.NAMES[p[0]], palette.NAMES[p[1]]))[:12]
)

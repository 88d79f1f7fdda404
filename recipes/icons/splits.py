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


def singular(words):
    """Words as keys compare them: lower case, the plural's s taken off (bank/concept-names.mjs knows the irregular ones)."""
    return " ".join(w[:-1] if len(w) > 3 and w.endswith("s") and not w.endswith(("ss", "us", "is", "os")) else w for w in words.lower().split())


def held_out_synonyms(concept):
    return [a for a in concept["aliases"] if synonym_held_out(concept["key"], a)]


def has_held_out_synonym(concept, words):
    """Whether words hold a synonym that split 6 holds out for this concept, in any order and number, alone or among others."""
    said = set(singular(words).split())
    return any(set(singular(a).split()) <= said for a in held_out_synonyms(concept))


def word_held_out(concept, words):
    """Whether training must not use a keyword or tag for this concept: split 6, for words beyond its names."""
    return has_held_out_synonym(concept, words) or synonym_held_out(concept["key"], words)


def words_of(concept):
    """All words of its names, in the singular."""
    return {w for name in (concept["name"], *concept["aliases"]) for w in singular(name).split()}


def is_held_out_synonym(words, concept):
    """Whether words say nothing but a held-out synonym of the concept and words of its names: "happy face" for a smiley."""
    return set(singular(words).split()) <= words_of(concept) and has_held_out_synonym(concept, words)


# The twelve allowed pairs with the smallest hashes. A white background is never held out: most pictures have a white
# canvas, and holding out (green, white) would take every bare green icon from the training.
COLOUR_PAIRS_HELD_OUT = frozenset(
    sorted((p for p in palette.PAIRS if p[1] != palette.WHITE), key=lambda p: share("colour-pair", palette.NAMES[p[0]], palette.NAMES[p[1]]))[:12]
)

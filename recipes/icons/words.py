"""What captions may call a concept besides its names: CLDR's keywords and icon sets' tags, from bank/build-words.mjs.

A word may stand *alone* for a concept if two sources or more give it to that concept and mostly to it ("love" for a heart).
Any other word of its lists only stands *beside* the name ("calendar (appointment)"). Held-out synonyms do neither, nor does a word
that names another of the known concepts, nor a concept's held-out synonym for its kin: a smiling face is not called happy,
because a picture of it is much the same as a picture of the smiley for which "happy" is held out.
"""
import json
from collections import Counter, defaultdict

import palette
import splits
from paths import CONCEPTS, DATA

MOSTLY = 0.5      # of the lists of known concepts that hold the word
GENERIC = 0.06    # of the concepts: a word in more lists than that ("ui", "arrow") says nothing
TAKEN = {*palette.NAMES, "grey", "circle", "square", "round", "rounded", "background", "icon", "symbol", "emoji", "sign", "shape", "outline", "outlined",
         "filled", "fill", "thin", "bold", "sharp", "style", "draw", "with", "on", "in", "behind", "inside", "containing", "glyph", "logo"}


def read_lists():
    """[(source, concept key, [(word as written, the same in the singular)])], one for every icon that has words."""
    return [(l["source"], l["key"], l["words"]) for l in json.loads((DATA / "words.json").read_text())["lists"]]


def known_words(concepts, lists=None):
    """(one {"alone": [...], "beside": [...]} per concept, counts of what was left out and why)."""
    named = {}
    for c in concepts:
        for name in (c["name"], *c["aliases"]):
            named.setdefault(splits.singular(name), c["key"])
    places = {c["key"]: i for i, c in enumerate(concepts)}
    sources, total, written = [defaultdict(set) for _ in concepts], Counter(), {}
    count, holders = [Counter() for _ in concepts], defaultdict(set)
    for source, key, words in lists if lists is not None else read_lists():
        if key not in places:
            continue
        for word, single in words:
            i = places[key]
            sources[i][single].add(source)
            count[i][single] += 1
            total[single] += 1
            holders[single].add(i)
            written.setdefault(single, word)
    out, left = [], Counter()
    risky = [(c, splits.words_of(c)) for c in concepts if splits.held_out_synonyms(c)]
    for i, concept in enumerate(concepts):
        kin = [c for c, said in risky if c is not concept and said & splits.words_of(concept)]
        alone, beside = [], []
        for single in sorted(count[i]):
            if splits.singular(concept["name"]) == single:
                continue
            if splits.has_held_out_synonym(concept, single):
                left["held-out synonym, or with one in it"] += 1
            elif any(splits.word_held_out(concept, form) for form in (single, written[single])):
                left["held out by its hash"] += 1
            elif any(splits.has_held_out_synonym(c, single) for c in kin):
                left["held-out synonym of a concept that shares a word"] += 1
            elif named.get(single) == concept["key"]:
                continue
            elif set(single.split()) & TAKEN or len(holders[single]) > max(3, GENERIC * len(concepts)):
                left["a word of captions, or generic"] += 1
            elif single in named:
                left["names another concept"] += 1
            elif len(sources[i][single]) >= 2 and count[i][single] >= MOSTLY * total[single]:
                alone.append(written[single])
            else:
                beside.append(written[single])
        out.append({"alone": alone, "beside": beside})
        left["alone"] += len(alone)
        left["beside"] += len(beside)
    return out, left


if __name__ == "__main__":  # what was found for the known concepts, and what was left out
    known = json.loads((DATA / "glyphs.json").read_text())["concepts"][:CONCEPTS]
    found, counts = known_words(known)
    print(f"words for {len(known)} concepts: {dict(counts)}")
    for concept, w in zip(known[:20], found):
        print(f"{concept['name']}: alone {', '.join(w['alone'])}; beside {', '.join(w['beside'][:12])}")

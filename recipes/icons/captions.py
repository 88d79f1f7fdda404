"""Captions from structured labels. Parts are dropped at random; what a caption states is returned beside it."""
import palette
import splits

CONTAINERS = ("none", "circle", "rounded square")
STYLES = ("outline", "filled", "thin", "bold")


def article(words):
    return ("an " if words[0] in "aeiou" else "a ") + words


ALONE, BESIDE = 0.12, 0.18  # of the training's captions: a keyword for the concept, or one beside its name


def keyword(concept, rng, alone):
    """(words for the concept, what the caption ends with) with one of words.py's keywords, or None: in most captions."""
    u = rng.random()
    if u < alone:
        return (concept["alone"][rng.integers(len(concept["alone"]))], "") if concept["alone"] else None
    if u > alone + BESIDE or not concept["beside"] + concept["alone"]:
        return None
    pool = concept["alone"] + concept["beside"]
    word, name = pool[rng.integers(len(pool))], concept["name"]
    return [(f"{word} {name}", ""), (f"{name} ({word})", ""), (name, f", {word}")][rng.integers(3)]


def concept_words(concept, rng, held_out=False):
    """The concept's name, or in a quarter of the captions another word for it. Held-out synonyms only on request."""
    others = [a for a in concept["aliases"] if splits.synonym_held_out(concept["key"], a) == held_out]
    if held_out:
        return others[rng.integers(len(others))] if others else None
    return others[rng.integers(len(others))] if others and rng.random() < 0.25 else concept["name"]


def joined(*parts):
    return " ".join(p for p in parts if p)


# Each template gets: s style, f foreground, c concept, k "red circle" or "", v canvas phrase or "".
# `on` and `back` are the two ways to say where it stands: "on a red circle", ", blue background".
TEMPLATES = {
    "plain": lambda s, f, c, on, back: joined(s, f, c, "icon", on) + back,
    "symbol": lambda s, f, c, on, back: joined(f, c, "symbol", on) + back + (f", {s}" if s else ""),
    "icon of": lambda s, f, c, on, back: joined("icon of", article(joined(f, c)), on) + back + (f", {s} style" if s else ""),
    "in colour": lambda s, f, c, on, back: joined(s, c, "icon", f and "in " + f, on) + back,
    "bare": lambda s, f, c, on, back: joined(s, f, c, on) + back,
    "icon with": lambda s, f, c, on, back: joined(s, "icon with", article(joined(f, c)), on) + back,
    "tags": lambda s, f, c, on, back: ", ".join(p for p in (c, f, on.removeprefix("on ").removeprefix("an ").removeprefix("a "), s) if p) + back,
}
WEIGHTS = (0.42, 0.10, 0.12, 0.10, 0.12, 0.07, 0.07)
# Other orders and joints, for training only: the prompt lists of recipes/judge are drawn from TEMPLATES, so that they
# never move. A model that has seen few orders takes the first colour it reads for the glyph's.
_place = lambda on: on.removeprefix("on ")
VARIED = {
    "there": lambda s, f, c, on, back: (f"{on}, " if on else "") + article(joined(s, f, c)) + back,
    "behind": lambda s, f, c, on, back: (f"{_place(on)} behind " if on else "") + article(joined(f, c, "icon")) + back + (f", {s}" if s else ""),
    "containing": lambda s, f, c, on, back: (f"{_place(on)} containing " if on else "") + article(joined(s, f, c, "symbol")) + back,
    "inside": lambda s, f, c, on, back: article(joined(s, f, c, "icon")) + (f" inside {_place(on)}" if on else "") + back,
    "colon": lambda s, f, c, on, back: (f"{_place(on)}: " if on else "") + joined(s, f, c, "icon") + back,
    "that is": lambda s, f, c, on, back: joined(c, f and f"that is {f}", on) + back + (f", {s}" if s else ""),
    "and": lambda s, f, c, on, back: joined(c, "symbol", (s or f) and "in " + " and ".join(p for p in (f, s) if p), on) + back,
    "listed": lambda s, f, c, on, back: ", ".join(p for p in (c, s, f, _place(on)) if p) + back,
    "place first": lambda s, f, c, on, back: ", ".join(p for p in (_place(on), joined(s, f, c)) if p) + back,
    "draw": lambda s, f, c, on, back: joined("draw", article(joined(s, f, c)), on) + back,
    "colour last": lambda s, f, c, on, back: ", ".join(p for p in (joined(c, "icon", on), f, s) if p) + back,
    "dash": lambda s, f, c, on, back: " - ".join(p for p in (c, joined(f, s), _place(on)) if p) + back,
    "brackets": lambda s, f, c, on, back: joined(c, (s or f) and f"({', '.join(p for p in (f, s) if p)})", on) + back,
    "coloured": lambda s, f, c, on, back: ", ".join(p for p in (joined(c, "symbol"), s, f and f"coloured {f}", on) if p) + back,
    "showing": lambda s, f, c, on, back: (f"{_place(on)} showing " if on else "showing ") + article(joined(f, s, c)) + back,
    "holding": lambda s, f, c, on, back: (f"{_place(on)} that holds " if on else "") + article(joined(s, f, c)) + back,
    "its place": lambda s, f, c, on, back: (f"{_place(on)} and on it " if on else "") + article(joined(f, c, "symbol")) + back + (f", {s} style" if s else ""),
    "there is": lambda s, f, c, on, back: joined("there is", article(joined(s, f, c, "icon")), on) + back,
    # The place first, joined by many words, so that one that was never trained is read like them.
    "under": lambda s, f, c, on, back: (f"{_place(on)} under " if on else "") + article(joined(s, f, c, "icon")) + back,
    "below": lambda s, f, c, on, back: (f"{_place(on)} below " if on else "") + article(joined(f, s, c)) + back,
    "around": lambda s, f, c, on, back: (f"{_place(on)} around " if on else "") + article(joined(s, f, c, "symbol")) + back,
    "bearing": lambda s, f, c, on, back: (f"{_place(on)} bearing " if on else "") + article(joined(s, f, c, "icon")) + back,
    "has": lambda s, f, c, on, back: (f"{_place(on)} has " if on else "") + article(joined(s, f, c, "icon")) + back,
    "has on it": lambda s, f, c, on, back: (f"{_place(on)} has on it " if on else "") + article(joined(f, c)) + back + (f", {s}" if s else ""),
    "on top": lambda s, f, c, on, back: (f"{_place(on)}, on top " if on else "") + article(joined(s, f, c)) + back,
    # The concept first, style and colour after it in one breath.
    "concept colon": lambda s, f, c, on, back: c + (": " + joined(s, f) if s or f else "") + (f" {on}" if on else "") + back,
    "sign": lambda s, f, c, on, back: ", ".join(p for p in (joined(c, "sign"), joined(f, s), on) if p) + back,
    "shown in": lambda s, f, c, on, back: joined(c, (s or f) and "shown in", s, f) + (f", {on}" if on else "") + back,
    "shape": lambda s, f, c, on, back: ", ".join(p for p in (joined(c, "shape in" if s or f else "shape", s, f), _place(on)) if p) + back,
    "round brackets": lambda s, f, c, on, back: joined(c, "icon", (s or f) and f"({joined(s, f)})", on) + back,
    "drawn": lambda s, f, c, on, back: joined(c, "drawn" if s or f else "", s, f and f"in {f}", on) + back,
}
# One order, the place first, by many words: which word joins them must not matter. Without these "a teal circle with a
# red heart", an order held out, was read as a teal circle for every fourth drawing, for "circle" is a concept as well.
for _joint in ("and", "plus", "carrying", "framing", "enclosing", "surrounding", "displaying", "featuring", "presenting", "for", "of", "full of", "marked by", "next to", "over", "then"):
    VARIED[f"joint {_joint}"] = lambda s, f, c, on, back, joint=_joint: (f"{_place(on)} {joint} " if on else "") + article(joined(s, f, c)) + back
    VARIED[f"joint {_joint}, icon"] = lambda s, f, c, on, back, joint=_joint: (f"{_place(on)} {joint} " if on else "") + article(joined(f, c, "icon")) + back + (f", {s}" if s else "")
VARIED_SHARE = 0.6

# Never trained: split 6. Every word of theirs occurs in the others.
HELD_OUT_TEMPLATES = {
    "with": lambda s, f, c, on, back: joined(on.removeprefix("on "), "with", article(joined(s, f, c, "icon"))) + back,
    "comma": lambda s, f, c, on, back: f"{c} icon, {joined(s, f)}" + (f", {on}" if on else "") + back,
}


def where(labels, rng, stated, complete=False):
    """The two ways to say where a drawing stands, one of them mostly empty; what they state is added to `stated`."""
    on = back = ""
    white = labels["canvas"] == palette.WHITE
    # What a caption leaves out is white and bare, as people mean it: a canvas that was sometimes another made white drift.
    say_canvas = not white or (not complete and rng.random() < 0.2)
    if labels["container"] == "none":
        if say_canvas:
            stated["canvas"] = labels["canvas"]
            name = palette.NAMES[labels["canvas"]]
            u = rng.random()
            on = f"on {name}" if u < 0.35 else f"on {article(name)} background" if u < 0.75 else ""
            back = "" if on else f", {name} background"
            stated["container"] = "none"
    else:
        shape = stated["container"] = labels["container"]
        if complete or rng.random() < 0.95:
            stated["bg"] = labels["bg"]
            shape = f"{palette.NAMES[labels['bg']]} {shape}"
        on = f"on {article(shape)}"
        if say_canvas:
            stated["canvas"] = labels["canvas"]
            back = f", {palette.NAMES[labels['canvas']]} background"
    return on, back


def caption(labels, concept, rng, template=None, complete=False, held_out_synonym=False, alone=ALONE):
    """(text, stated) for labels = dict(style, fg, container, bg, canvas). `complete` drops nothing.

    stated: the labels that a picture must match for the caption to be true of it.
    """
    keep = lambda p: complete or rng.random() < p
    colour = palette.NAMES
    stated = {"concept": concept["key"]}
    s = f = ""
    if keep(0.5):
        s = stated["style"] = labels["style"]
    if keep(0.92):
        stated["fg"] = labels["fg"]
        f = colour[labels["fg"]]
    on, back = where(labels, rng, stated, complete)
    # The prompt lists of recipes/judge are drawn with `complete` and must not move: keywords are for training alone.
    said = None if complete or "alone" not in concept else keyword(concept, rng, alone)
    words, end = said or (concept_words(concept, rng, held_out_synonym), "")
    if words is None:
        return None, None
    if template is None:
        varied = rng.random() < VARIED_SHARE
        template = rng.choice(list(VARIED)) if varied else rng.choice(list(TEMPLATES), p=WEIGHTS)
    make = (TEMPLATES | VARIED | HELD_OUT_TEMPLATES)[template]
    return make(s, f, words, on, back) + end, stated

"""Captioned pictures, composed on the fly. Everything that a split holds out is left out here, in one place."""
import json
from types import SimpleNamespace

import numpy as np
import torch

import captions
import compose
import palette
import splits
import words
from emoji import Emoji
from paths import DATA

KINDS = captions.CONTAINERS  # index = kind of container
_TOUCH = [np.flatnonzero(palette.MAY_TOUCH[i]) for i in range(12)]  # colours that may stand on colour i


class Bank:
    """The glyphs of one use ('train', 'judge' or 'ceiling') of the first `top` concepts, grouped by concept."""

    def __init__(self, top, use="train", clean=True):
        meta = json.loads((DATA / "glyphs.json").read_text())
        notes = np.load(DATA / "glyph-notes.npz")
        self.masks = np.memmap(DATA / "glyphs.bin", np.uint8, "r").reshape(-1, compose.S, compose.S)
        self.concepts = meta["concepts"][:top]
        self.glyphs = meta["glyphs"]
        self.style = {}
        self.by_concept = {}
        enclosed_share = {}
        for i, g in enumerate(self.glyphs):
            if g["concept"] < top:
                enclosed_share.setdefault(g["concept"], []).append(bool(notes["enclosed"][i]))
        for i, g in enumerate(self.glyphs):
            c = g["concept"]
            if c >= top or (use and g["use"] not in use.split("+")):
                continue
            measured = "filled" if notes["filled"][i] else "outline"
            style = g["style"] if g["style"] in ("thin", "bold") else measured
            if clean and notes["outlier"][i]:
                continue
            # A glyph in its own disc ("square-plus") would teach a container that the caption does not name.
            if clean and notes["enclosed"][i] and np.mean(enclosed_share[c]) < 0.5:
                continue
            if "train" in use and splits.style_held_out(self.concepts[c]["key"], style):
                continue
            self.style[i] = style
            self.by_concept.setdefault(c, []).append(i)
        self.ids = [c for c in sorted(self.by_concept) if len(self.by_concept[c]) >= 3]
        weight = np.array([len(self.by_concept[c]) ** 0.5 for c in self.ids])
        self.weight = weight / weight.sum()

    def key(self, c):
        return self.concepts[c]["key"]

    def favour(self, first, share):
        """From now on concepts from number `first` on are `share` of the pictures: those that came later have to catch up."""
        late = np.array(self.ids) >= first
        self.weight = np.where(late, share * self.weight / self.weight[late].sum(), (1 - share) * self.weight / self.weight[~late].sum())


def taught_bank(top):
    """The bank that training draws from: captions also use CLDR's keywords and icon sets' tags."""
    bank = Bank(top)
    known, _ = words.known_words(bank.concepts)
    bank.concepts = [{**c, **w} for c, w in zip(bank.concepts, known)]
    return bank


def wide_bank(known, top=10**9):
    """All concepts of the bank, for captions whose ink alone is learnt: words in other roles than the known concepts'.

    Concepts that are a known one by its held-out synonym in other words ("happy face" is a smiley) are left out: split 6
    asks whether a word is understood that was never seen with a picture of the thing.
    """
    bank = taught_bank(top)
    risky = [k for k in known.concepts if splits.held_out_synonyms(k)]
    same = lambda c: c >= len(known.concepts) and any(splits.is_held_out_synonym(bank.concepts[c]["name"], k) for k in risky)
    keep = np.array([i for i, c in enumerate(bank.ids) if not same(c)])
    bank.ids, bank.weight = [bank.ids[i] for i in keep], bank.weight[keep] / bank.weight[keep].sum()
    return bank


class Pictures:
    """Draws labels, pictures and captions with one random stream. `wide`: a bank for half of the captions without picture.
    `emoji`: (their bank, their share of a batch's pictures)."""

    def __init__(self, bank, seed, wide=None, emoji=None):
        self.bank = bank
        self.rng = np.random.default_rng(seed)
        self.wide = wide and Pictures(wide, seed)
        self.emoji, self.emoji_share = (Emoji(emoji[0], seed), emoji[1]) if emoji else (None, 0)

    def allowed(self, c, fg, kind, bg):
        key = self.bank.key(c)
        return not (
            splits.concept_colour_held_out(key, palette.NAMES[fg])
            or splits.concept_container_held_out(key, KINDS[kind])
            or (fg, bg) in splits.COLOUR_PAIRS_HELD_OUT
        )

    def labels(self, c=None, accept=None):
        """Labels of one picture; `accept(c, fg, kind, bg)` replaces the training rule (held-out splits use it)."""
        rng, bank = self.rng, self.bank
        accept = accept or self.allowed
        while True:
            concept = bank.ids[rng.choice(len(bank.ids), p=bank.weight)] if c is None else c
            kind = int(rng.choice(3, p=(0.4, 0.3, 0.3)))
            canvas = palette.WHITE if rng.random() < 0.7 else int(rng.integers(12))
            bg = int(rng.choice(_TOUCH[canvas])) if kind else canvas
            fg = int(rng.choice(_TOUCH[bg]))
            if accept(concept, fg, kind, bg):
                break
        pool = bank.by_concept[concept]
        glyph = pool[rng.integers(len(pool))]
        return dict(domain="icon", c=concept, concept=bank.key(concept), glyph=glyph, style=bank.style[glyph], fg=fg, kind=kind, container=KINDS[kind], bg=bg, canvas=canvas)

    def other_drawing(self, labels):
        """The same labels with another drawing of the concept, in the same style where there is one."""
        pool = [g for g in self.bank.by_concept[labels["c"]] if g != labels["glyph"]]
        same = [g for g in pool if self.bank.style[g] == labels["style"]]
        pool = same or pool
        glyph = pool[self.rng.integers(len(pool))]
        return {**labels, "glyph": glyph, "style": self.bank.style[glyph]}

    def draw(self, labels):
        """Pictures [B,3,64,64] in [-1,1] for a list of labels, with random placement and colour jitter."""
        return self.drawn(labels)[0]

    def drawn(self, labels):
        """(pictures, ink): ink [B,64,64] in [0,1] is the glyph's coverage."""
        return self.composed(masks_of(self.bank.masks, labels), self.placement(labels))

    def placement(self, labels):
        """Random places and jittered colours: what `composed` needs beside the drawings."""
        rng, n = self.rng, len(labels)
        kind = np.array([l["kind"] for l in labels])
        half, scale, shift = compose.random_places(rng, kind)
        colours = palette.RGB[np.array([[l["canvas"], l["bg"], l["fg"]] for l in labels])]
        colours = np.clip(colours + rng.uniform(-7, 7, (n, 3, 3)), 0, 255)
        t = lambda a: torch.from_numpy(np.asarray(a, np.float32))
        return SimpleNamespace(kind=torch.from_numpy(kind), half=t(half), radius=t(rng.uniform(10, 15, n)), scale=t(scale), shift=t(shift), colours=t(colours))

    @staticmethod
    def composed(masks, at, side=compose.S):
        """(pictures [B,3,side,side], ink [B,side,side]) of masks of any size."""
        glyph = compose.place(masks, at.scale, at.shift, side)
        return compose.compose(glyph, compose.containers(at.kind, at.half, at.radius, side), at.colours), glyph

    def caption(self, labels, **options):
        return captions.caption(labels, self.bank.concepts[labels["c"]], self.rng, **options)

    def inks(self, n):
        """n captions, each with its glyph's ink [64,64]. They are cheap, so the many keywords come twice as often."""
        labels = [self.labels() for _ in range(n)]
        return [(self.caption(l, alone=2 * captions.ALONE)[0], ink) for l, ink in zip(labels, self.drawn(labels)[1])] if n else []

    def batch(self, n, others=0, extra=0):
        """n captioned pictures; for the first `others` of them also another drawing with the same labels; `extra` more
        captions with their ink only."""
        of = [self.emoji if self.emoji and self.rng.random() < self.emoji_share else self for _ in range(n)]
        labels = [domain.labels() for domain in of]
        said = [domain.caption(l) for domain, l in zip(of, labels)]
        other = [domain.other_drawing(l) for domain, l in zip(of[:others], labels)]
        x, ink = self.drawn_of_both(labels + other)
        more = self.inks(extra - extra // 2) + self.wide.inks(extra // 2) if self.wide else self.inks(extra)
        return SimpleNamespace(
            extra_captions=[caption for caption, _ in more],
            ink=torch.cat([ink[:n], *(drawn[None] for _, drawn in more)]),
            labels=labels, captions=[t for t, _ in said], stated=[s for _, s in said],
            pictures=x[:n].contiguous(memory_format=torch.channels_last),
            others=x[n:].contiguous(memory_format=torch.channels_last),
            truth=truth([s for _, s in said], labels),
        )

    def drawn_of_both(self, labels):
        """`drawn`, for labels of icons and emoji in any order."""
        is_emoji = torch.tensor([l["domain"] == "emoji" for l in labels])
        if not is_emoji.any():
            return self.drawn(labels)
        x, ink = torch.empty(len(labels), 3, compose.S, compose.S), torch.empty(len(labels), compose.S, compose.S)
        for domain, rows in ((self, ~is_emoji), (self.emoji, is_emoji)):
            if rows.any():
                x[rows], ink[rows] = domain.drawn([l for l, own in zip(labels, rows) if own])
        return x, ink


def masks_of(masks, labels):
    """Coverage [B,n,n] in [0,1] of the drawings that labels name."""
    return torch.from_numpy(np.stack([masks[l["glyph"]] for l in labels]).astype(np.float32) / 255)


def truth(stated, labels):
    """[captions, pictures] bool: is caption i true of picture j? Keeps true pairs out of the contrastive negatives."""
    out = torch.ones(len(stated), len(labels), dtype=torch.bool)
    for key in ("concept", "style", "fg", "container", "bg", "canvas"):
        value = {}
        code = lambda v: value.setdefault(v, len(value))
        have = torch.tensor([code(l[key]) for l in labels])
        want = torch.tensor([code(s[key]) if key in s else -1 for s in stated])
        out &= (want[:, None] == have[None]) | (want[:, None] < 0)
    return out

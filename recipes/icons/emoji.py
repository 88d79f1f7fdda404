"""Colour emoji as captioned pictures: the second domain, mixed into the first one's batches (data.py).

An emoji is a label in the style of one of the sets (bank/sets.mjs); it brings its own colours, so a caption states label,
style and where it stands, and no foreground. Split 5: a tenth of the (label, set) cells of labels that four sets draw are
never shown, so "llama" may be known in one style and asked for in another.
"""
import json
from collections import defaultdict
from types import SimpleNamespace

import numpy as np
import torch

import captions
import compose
import palette
import splits
from paths import DATA, EMOJI

SHARE_OF_STYLES, SHARE_OF_KEYWORDS = 0.7, 0.2  # of the captions that say them


class EmojiBank:
    """The drawings of the first `top` labels, of one use ('train', 'judge' or 'ceiling'); of 'train' those that training may
    show, and with `held_out` those that it may not."""

    def __init__(self, top=EMOJI, use="train", held_out=False):
        meta = json.loads((DATA / "emoji.json").read_text())
        self.rgba = np.memmap(DATA / "emoji.bin", np.uint8, "r").reshape(-1, compose.S, compose.S, 4)
        self.labels, self.emoji = meta["labels"][:top], meta["emoji"]
        self.style = {name: s["style"] for name, s in meta["sets"].items()}
        self.by_label = defaultdict(list)
        for i, e in enumerate(self.emoji):
            if e["use"] == use and e["label"] < top:
                self.by_label[e["label"]].append(i)
        for label, drawings in self.by_label.items() if use == "train" else ():
            is_out = lambda i: len(drawings) >= 4 and splits.emoji_held_out(self.labels[label]["name"], self.emoji[i]["set"])
            self.by_label[label] = [i for i in drawings if is_out(i) == held_out]
        self.ids = [label for label in sorted(self.by_label) if self.by_label[label]]


# Each gets the style or "", the label, and the two ways to say where it stands (captions.py).
TEMPLATES = (
    lambda s, c, on, back: captions.joined(s, c, "emoji", on) + back,
    lambda s, c, on, back: f"{c} emoji" + (f", {s} style" if s else "") + (f", {on}" if on else "") + back,
    lambda s, c, on, back: captions.joined("emoji of", captions.article(c), on) + back + (f", {s}" if s else ""),
    lambda s, c, on, back: captions.joined(c, "emoji", s and f"in {s} style", on) + back,
)


class Emoji:
    """Draws labels, pictures and captions with one random stream, as data.Pictures does for icons."""

    def __init__(self, bank, seed):
        self.bank = bank
        self.rng = np.random.default_rng(seed)

    def labels(self):
        rng, bank = self.rng, self.bank
        label = bank.ids[rng.integers(len(bank.ids))]
        drawings = bank.by_label[label]
        kind = int(rng.choice(3, p=(0.6, 0.2, 0.2)))
        canvas = palette.WHITE if rng.random() < 0.7 else int(rng.integers(12))
        bg = int(rng.choice(np.flatnonzero(palette.MAY_TOUCH[canvas]))) if kind else canvas
        return self.with_drawing(dict(domain="emoji", label=label, concept=f"emoji: {bank.labels[label]['name']}", fg=None,
                                       kind=kind, container=captions.CONTAINERS[kind], bg=bg, canvas=canvas), drawings[rng.integers(len(drawings))])

    def other_drawing(self, labels):
        """The same label from another set, where there is one."""
        pool = self.bank.by_label[labels["label"]]
        pool = [i for i in pool if i != labels["glyph"]] or pool
        return self.with_drawing(labels, pool[self.rng.integers(len(pool))])

    def with_drawing(self, labels, drawing):
        """The labels of a picture with this drawing in it, and so in its style."""
        return {**labels, "glyph": drawing, "style": self.bank.style[self.bank.emoji[drawing]["set"]]}

    def drawn(self, labels):
        """(pictures [B,3,64,64] in [-1,1], coverage [B,64,64]), with random placement and jitter of canvas and container."""
        return self.composed(np.stack([self.bank.rgba[l["glyph"]] for l in labels]), self.placement(labels))

    def placement(self, labels):
        """Random places and jittered colours: what `composed` needs beside the drawings."""
        rng, n = self.rng, len(labels)
        kind = np.array([l["kind"] for l in labels])
        half, scale, shift = compose.random_places(rng, kind)
        t = lambda a: torch.from_numpy(np.asarray(a, np.float32))
        radius = t(rng.uniform(10, 15, n))
        behind = np.clip(palette.RGB[np.array([[l["canvas"], l["bg"]] for l in labels])] + rng.uniform(-7, 7, (n, 2, 3)), 0, 255) / 255
        return SimpleNamespace(kind=torch.from_numpy(kind), half=t(half), radius=radius, scale=t(scale), shift=t(shift), colours=t(behind))

    @staticmethod
    def composed(rgba, at, side=compose.S):
        """(pictures [B,3,side,side], coverage [B,side,side]) of drawings [B,n,n,4] in bytes."""
        b, size = rgba.shape[:2]
        rgba = torch.from_numpy(rgba.astype(np.float32) / 255).permute(0, 3, 1, 2)
        ink = torch.cat([rgba[:, :3] * rgba[:, 3:], rgba[:, 3:]], 1)  # premultiplied, so that edges keep their colour
        placed = compose.place(ink.reshape(4 * b, size, size), at.scale.repeat_interleave(4), at.shift.repeat_interleave(4, 0), side).view(b, 4, side, side)
        shape = compose.containers(at.kind, at.half, at.radius, side)[:, None]
        canvas, inside = at.colours[:, 0, :, None, None], at.colours[:, 1, :, None, None]
        x = canvas + (inside - canvas) * shape
        return 2 * (x * (1 - placed[:, 3:]) + placed[:, :3]) - 1, placed[:, 3]

    def caption(self, labels, complete=False):
        """(text, stated), as captions.caption: `complete` drops nothing."""
        rng, label = self.rng, self.bank.labels[labels["label"]]
        stated = {"concept": labels["concept"]}
        style = ""
        if complete or rng.random() < SHARE_OF_STYLES:
            style = stated["style"] = labels["style"]
        name = label["name"]
        if label["keywords"] and not complete and rng.random() < SHARE_OF_KEYWORDS:
            word = label["keywords"][rng.integers(len(label["keywords"]))]
            name = f"{name} ({word})" if rng.random() < 0.5 else f"{name}, {word},"
        on, back = captions.where(labels, rng, stated, complete)
        return TEMPLATES[rng.integers(len(TEMPLATES))](style, name, on, back), stated

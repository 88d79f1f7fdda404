"""The prompts that a model is asked about emoji, with what their pictures must show: 500 of labels in styles that training
showed, 500 of labels in a style that it never showed (split 5). Made as prompts.py's: from hashes, and they never move.
"""
import json

import place
import numpy as np

import palette
from data import KINDS
from emoji import Emoji, EmojiBank
from prompts import COUNT, number

SPLITS = {"emoji": False, "emoji-style": True}  # are the cells held out?
FIELDS = ("prompt", "label", "style", "container", "background", "canvas", "measured on real pictures")


def prompt(split, cell, k, bank, known):
    """One prompt of a (label, drawing) cell, a dict of FIELDS without the last; colours are palette indices."""
    label, drawing = cell
    artist = Emoji(bank, number(split, bank.labels[label]["name"], bank.emoji[drawing]["set"], str(k)))
    l = artist.with_drawing({**artist.labels(), "label": label, "concept": f"emoji: {bank.labels[label]['name']}"}, drawing)
    text, _ = artist.caption(l, complete=True)
    return dict(prompt=text, label=bank.labels[label]["name"], style=l["style"], container=KINDS[l["kind"]], bg=l["bg"], canvas=l["canvas"], drawn=label in known)


def all_prompts():
    """split -> list of prompts, every cell about equally often, in an order of which any first part is a fair sample."""
    judged, known = EmojiBank(use="judge").by_label, EmojiBank(use="ceiling").by_label
    out = {}
    for split, held_out in SPLITS.items():
        bank = EmojiBank(held_out=held_out)
        cells = [(label, drawing) for label in bank.ids if label in judged for drawing in bank.by_label[label]]
        order = lambda k, cell: number("order", split, str(cell[1]), str(k))
        pool = [(k, order(k, cell), cell) for k in range(-(-COUNT // len(cells)) + 1) for cell in cells]
        chosen = sorted(sorted(pool)[:COUNT], key=lambda entry: entry[1])
        out[split] = [prompt(split, cell, k, bank, known) for k, _, cell in chosen]
    return out


def read_prompts():
    data = json.loads((place.EMOJI_JUDGE / "prompts.json").read_text())
    colour = palette.NAMES.index
    unpack = lambda p: dict(prompt=p[0], label=p[1], style=p[2], container=p[3], bg=colour(p[4]), canvas=colour(p[5]), drawn=p[6])
    return {split: [unpack(p) for p in rows] for split, rows in data["splits"].items()}


def main():
    name = palette.NAMES.__getitem__
    lists = all_prompts()
    rows = lambda prompts: ",\n".join("   " + json.dumps([p["prompt"], p["label"], p["style"], p["container"], name(p["bg"]), name(p["canvas"]), p["drawn"]]) for p in prompts)
    place.EMOJI_JUDGE.mkdir(parents=True, exist_ok=True)
    (place.EMOJI_JUDGE / "prompts.json").write_text(
        f'{{\n "fields": {json.dumps(FIELDS)},\n "colours": {json.dumps(palette.NAMES)},\n "splits": {{\n'
        + ",\n".join(f'  {json.dumps(split)}: [\n{rows(prompts)}\n  ]' for split, prompts in lists.items()) + "\n }\n}\n")
    for split, prompts in lists.items():
        print(split, len(prompts), "labels", len({p["label"] for p in prompts}), "with a ceiling", sum(p["drawn"] for p in prompts))


if __name__ == "__main__":
    main()

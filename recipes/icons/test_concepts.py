"""concepts.json says every word that a training caption may join its parts with. Run on demand: pytest recipes/icons (no data needed)."""
import re

import numpy as np

import captions
import concepts
import palette

CONCEPT = {"key": "zzz", "name": "zzz", "aliases": []}


def test_templates_hold_the_joining_words_of_all_training_captions():
    rng = np.random.default_rng(0)
    labels = dict(style="thin", fg=0, container="circle", bg=5, canvas=palette.NAMES.index("yellow"))
    parts = {"zzz", "thin", "red", "blue", "yellow", "circle"}
    said = {w for _ in range(3000) for w in re.findall("[a-z]+", captions.caption(labels, CONCEPT, rng)[0])} - parts
    assert "behind" in said and "there" in said
    known = set(re.findall("[a-z]+", " ".join(concepts.templates()))) | {"a", "an"}  # the editor's own grammar knows these
    assert said <= known, said - known


def test_templates_are_not_the_held_out_ones():
    held_out = [make("{style}", "{colour}", "{concept}", "on a {colour} {container}", "") for make in captions.HELD_OUT_TEMPLATES.values()]
    assert not any(h in t for h in held_out for t in concepts.templates())

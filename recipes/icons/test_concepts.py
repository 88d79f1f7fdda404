"""concepts.json says what was taught, and every word that a training caption may join its parts with. Run on demand: pytest recipes/icons (no data needed)."""
import json
import re
from types import SimpleNamespace

import numpy as np
import pytest

import captions
import concepts
import emoji
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


def emoji_bank(labels):
    """Three drawn labels, one of them in one style, and one that training never shows, as the first `labels` of them."""
    label = lambda name, character, *keywords: {"name": name, "character": character, "keywords": list(keywords)}
    drawings = {0: [0, 1, 2], 1: [3], 2: [], 3: [4]}
    return SimpleNamespace(
        labels=[label("skull", "💀", "dead", "face"), label("baby chick", "🐤"), label("ghost", "👻", "boo"), label("pear", "🍐")][:labels],
        emoji=[{"set": s} for s in ("noto", "noto-v1", "noto", "fluent-emoji", "noto")], style={"noto": "noto", "noto-v1": "blob", "fluent-emoji": "3d"},
        by_label=drawings, ids=[i for i in drawings if i < labels and drawings[i]])


@pytest.fixture
def written(tmp_path, monkeypatch):
    """What is written for a small bank of icons, and so many of the emoji above."""
    icon = {"key": "heart", "name": "heart", "aliases": ["love"], "alone": ["café"]}
    monkeypatch.setattr(concepts, "taught_bank", lambda top: SimpleNamespace(ids=[0], concepts=[icon], by_concept={0: [1, 2]}))
    monkeypatch.setattr(emoji, "EmojiBank", emoji_bank)
    path = tmp_path / "concepts.json"

    def write(labels):
        concepts.write_concepts(1, path, keywords=True, emoji_labels=labels)
        return path.read_text(encoding="utf-8")
    return write


def test_emoji_are_listed_as_training_shows_them(written):
    said = json.loads(written(3))
    assert said["emoji"] == [{"name": "skull", "character": "💀", "keywords": ["dead", "face"], "styles": ["noto", "blob"]},
                             {"name": "baby chick", "character": "🐤", "keywords": [], "styles": ["3d"]}]
    assert said["emojiStyles"] == ["noto", "blob", "3d"]
    assert said["concepts"] == [{"name": "heart", "synonyms": ["love", "café"], "drawings": 2}]
    assert [one["name"] for one in json.loads(written(4))["emoji"]] == ["skull", "baby chick", "pear"]


def test_a_list_is_short_to_diff_and_says_nothing_of_emoji_that_were_not_taught(written):
    lines = written(4).splitlines()
    assert sum('"character": "💀"' in line and '"styles"' in line for line in lines) == 1 and '  "emoji": [' in lines
    assert sum("emoji" in t for t in json.loads("\n".join(lines))["templates"]) == len(emoji.TEMPLATES)
    plain = json.loads(written(0))
    assert not {"emoji", "emojiStyles"} & plain.keys() and not any("emoji" in t for t in plain["templates"])


def test_templates_hold_the_joining_words_of_all_emoji_captions():
    artist = emoji.Emoji(emoji_bank(1), seed=0)
    labels = dict(label=0, concept="emoji: skull", fg=None, style="blob", container="circle", bg=5, canvas=palette.NAMES.index("yellow"))
    parts = {"skull", "blob", "blue", "yellow", "circle", "dead", "face"}
    said = {w for _ in range(1000) for w in re.findall("[a-z]+", artist.caption(labels)[0])} - parts
    known = set(re.findall("[a-z]+", " ".join(concepts.templates(with_emoji=True)))) | {"a", "an"}
    assert {"emoji", "of"} <= said <= known, said - known

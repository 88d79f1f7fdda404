"""The held-out splits stand still: what the committed prompts ask for is held out today as on the day they were written.

Run on demand: pytest recipes/icons (no data needed: the lists are in models/icon-judge).
"""
import json

import pytest

import palette
import splits
from paths import MODEL

LISTS = json.loads((MODEL.parent / "icon-judge" / "prompts.json").read_text())
SPLITS = {name: [dict(zip(LISTS["fields"], row)) for row in rows] for name, rows in LISTS["splits"].items()}


def held_out(p):
    """Which splits a prompt's labels belong to. A concept's key is its name's words in order (bank/concept-names.mjs)."""
    key = " ".join(sorted(p["concept"].split()))
    pair = tuple(palette.NAMES.index(p[part]) for part in ("foreground", "background"))
    return {name for name, held in {
        "pairs": splits.concept_colour_held_out(key, p["foreground"]) or splits.concept_container_held_out(key, p["container"]),
        "colour-pairs": pair in splits.COLOUR_PAIRS_HELD_OUT,
        "style": splits.style_held_out(key, p["style"]),
    }.items() if held}


@pytest.mark.parametrize("split", SPLITS)
def test_every_prompt_is_of_its_split_and_of_no_other(split):
    assert len(SPLITS[split]) == 500
    own = {split} & {"pairs", "colour-pairs", "style"}
    assert [p["prompt"] for p in SPLITS[split] if held_out(p) != own] == []


def test_new_words_are_held_out_synonyms():
    words = {(" ".join(sorted(p["concept"].split())), p["prompt"]) for p in SPLITS["wording"] if p["wording"] == "new word"}
    synonyms = ("mic", "setting", "happy", "map marker", "thumbtack", "utensil", "floppy", "area chart", "card sim", "align text right", "corner left up")
    assert len(words) > 100
    for key, prompt in words:
        assert any(s in prompt and splits.synonym_held_out(key, s) for s in synonyms), (key, prompt)


def test_shares_are_what_the_issue_says():
    names = [f"concept {i}" for i in range(2000)]
    share = lambda held, values: sum(held(n, v) for n in names for v in values) / len(names) / len(values)
    assert 0.09 < share(splits.concept_colour_held_out, palette.NAMES) < 0.11
    assert 0.09 < share(splits.concept_container_held_out, ("none", "circle", "rounded square")) < 0.11
    assert 0.04 < share(splits.style_held_out, ("outline", "filled")) < 0.06
    assert 0.09 < share(splits.emoji_held_out, ("noto", "fluent-emoji")) < 0.11
    assert 0.04 < share(splits.synonym_held_out, ("a", "b")) < 0.06
    assert len(splits.COLOUR_PAIRS_HELD_OUT) == 12 and len(palette.PAIRS) == 118

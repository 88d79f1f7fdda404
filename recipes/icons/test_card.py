"""What the card says of emoji follows from what was exported and measured. Needs the data (build_data.sh)."""
import json
from types import SimpleNamespace

import pytest

import card
from notices import emoji_table

TAUGHT = {"emoji": 210, "emoji_since": 1511488, "top": 663}


def interval(mean):
    return {"mean": mean, "low": mean - 0.02, "high": mean + 0.02}


def report(*splits, **changed):
    """As `easel evaluate emoji` writes it; marks of a split are told apart by their hundredths."""
    names = ("canvas", "container", "background", "allThree", "top1", "top5", "joint")
    marks = {name: interval(0.9 - 0.01 * i) for i, name in enumerate(names)}
    part = {**marks, "prompts": 500, "pictures": 1000, "ofCeiling": {name: interval(0.71 + 0.01 * i) for i, name in enumerate(("top1", "top5", "joint"))}}
    settings = {"prompts": 500, "seeds": 2, "steps": 20, "guidanceScale": 1.4}
    return {"suite": "emoji", "model": {"id": "icon-64", "sha256": "0"}, "adapters": [], "settings": settings, "splits": {split: {**part, **changed} for split in splits}}


@pytest.fixture
def places(tmp_path, monkeypatch):
    """An empty judge's folder, and a model's with a sheet of icons."""
    monkeypatch.setattr(card, "JUDGE", tmp_path / "judge")
    monkeypatch.setattr(card, "MODEL", tmp_path / "model")
    for folder in (card.JUDGE, card.MODEL / "samples"):
        folder.mkdir(parents=True)
    (card.MODEL / "samples" / "seen.png").write_text("icons")

    def measured(name, told):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "report.json").write_text(json.dumps(told))
        for split in told["splits"]:
            for kind in ("png", "txt"):
                (folder / f"{split}.{kind}").write_text(f"{name} {split}")
        return folder
    return SimpleNamespace(measured=measured)


def test_of_a_model_without_emoji_nothing_is_said(places):
    for e in ({"top": 663}, {"top": 663, "emoji": 0, "emoji_since": None}):
        assert card.emoji_section(e) == card.emoji_credits(e) == ""
        assert "colour emoji" in card.undone(e)
    assert "colour emoji" not in card.undone(TAUGHT)


def test_the_contrastive_half_stood_still_for_a_part_of_the_run_with_these_concepts():
    text = card.stood_still({"pictures": 2_052_992, "frozen_since": 1_552_992})
    assert "since\npicture 1,552,992: 50% of the run with these concepts" in text and "24% of the pictures in all" in text


def test_emoji_are_listed_though_not_scored_yet(places):
    text = card.emoji_section(TAUGHT)
    assert "210 colour emoji" in text and "noto, blob, flat, 3d" in text and "1,511,488" in text
    assert "💀 skull, 👻 ghost" in text and text.count("<details>") == text.count("</details>") == 1
    assert "not been scored yet" in text and "| split |" not in text and "samples/" not in text


def test_scores_and_sheets_are_shown_of_the_splits_that_were_measured(places):
    folder = places.measured("a", report("emoji"))
    card.take_over([folder], "scores-emoji.json")
    card.take_over_samples([folder], "emoji")
    text = card.emoji_section(TAUGHT)
    assert "| emoji | 1000 | 0.90 [0.88, 0.92] | 0.89 [0.87, 0.91] | 0.88 [0.86, 0.90] | 0.87 [0.85, 0.89] | 0.86 [0.84, 0.88] | 0.85 [0.83, 0.87] | 0.84 [0.82, 0.86] |" in text
    assert "| emoji | 0.71 [0.69, 0.73] | 0.72 [0.70, 0.74] | 0.73 [0.71, 0.75] |" in text
    assert "500 prompts × 2 seeds per split, 20 steps, guidance 1.4" in text
    assert "Distinct among" not in text
    card.take_over([places.measured("d", {**report("emoji"), "distinctness": {**interval(0.5), "prompts": 64}})], "scores-emoji.json")
    assert "one prompt: 0.50 [0.48, 0.52] over 64 prompts." in card.emoji_section(TAUGHT)
    assert "(samples/emoji.png)" in text and "samples/emoji-style.png" not in text and "not been scored" not in text


def test_a_split_without_a_ceiling_is_not_divided_by_one(places):
    card.take_over([places.measured("a", report("emoji", ofCeiling=None))], "scores-emoji.json")
    assert "Divided" not in card.emoji_scores() and "| emoji | 1000 |" in card.emoji_scores()


def test_splits_measured_apart_are_one_report_and_icons_sheets_stay(places):
    folders = [places.measured("b", report("emoji-style")), places.measured("a", report("emoji"))]
    card.take_over(folders, "scores-emoji.json")
    card.take_over_samples(folders, "emoji")
    assert list(card.read(card.JUDGE / "scores-emoji.json")["splits"]) == ["emoji", "emoji-style"]
    samples = lambda: {f.name: f.read_text() for f in (card.MODEL / "samples").iterdir()}
    assert samples() == {"seen.png": "icons", "emoji.png": "a emoji", "emoji.txt": "a emoji", "emoji-style.png": "b emoji-style", "emoji-style.txt": "b emoji-style"}
    card.take_over_samples([places.measured("c", {**report("pairs"), "suite": "icons"})])
    assert sorted(samples()) == ["emoji-style.png", "emoji-style.txt", "emoji.png", "emoji.txt", "pairs.png", "pairs.txt"]


def test_credits_name_the_four_sets_that_taught_and_no_other(places):
    rows = emoji_table(210).splitlines()[2:]
    licences = {row.split(" | ")[0].removeprefix("| "): "MIT" if "[MIT]" in row else "Apache" if "[Apache 2.0]" in row else row for row in rows}
    assert licences == {"Noto Emoji": "Apache", "Noto Emoji (v1)": "Apache", "Fluent Emoji": "MIT", "Fluent Emoji Flat": "MIT"}
    assert emoji_table(210) in card.emoji_credits(TAUGHT)

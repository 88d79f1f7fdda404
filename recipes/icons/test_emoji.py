"""Emoji keep to split 5, state what they show, and mix into batches. Needs the data (build_data.sh)."""
import numpy as np
import pytest
import torch

import palette
import splits
from data import Pictures, taught_bank
from emoji import Emoji, EmojiBank

ALL = 10**9


@pytest.fixture(scope="module")
def bank():
    return EmojiBank(ALL)


def test_held_out_cells_are_never_shown_and_each_label_keeps_some(bank):
    cell = lambda b, i: (b.labels[b.emoji[i]["label"]]["name"], b.emoji[i]["set"])
    taught = {cell(bank, i) for drawings in bank.by_label.values() for i in drawings}
    other = EmojiBank(ALL, held_out=True)
    asked = {cell(other, i) for drawings in other.by_label.values() for i in drawings}
    assert not taught & asked and len(taught | asked) == sum(e["use"] == "train" for e in bank.emoji)
    assert all(splits.emoji_held_out(*c) for c in asked)
    assert 0.05 < len(asked) / len(taught | asked) < 0.11
    assert len(bank.ids) > 0.99 * len(bank.labels)  # all but those whose every cell is held out


def test_a_vocabulary_is_the_most_drawn_labels(bank):
    few = EmojiBank(210)
    assert few.labels == bank.labels[:210] and all(few.by_label[i] == bank.by_label[i] for i in few.ids)
    sets = [len({e["set"] for e in bank.emoji if e["label"] == label}) for label in (0, 209, 210, len(bank.labels) - 1)]
    assert sets == [8, 8, 7, 4]


def test_judges_sets_are_never_shown(bank):
    sets = {use: {bank.emoji[i]["set"] for drawings in EmojiBank(ALL, use).by_label.values() for i in drawings} for use in ("train", "judge", "ceiling")}
    assert [len(s) for s in sets.values()] == [4, 2, 2] and len(set.union(*sets.values())) == 8


def test_a_caption_states_what_is_to_be_seen(bank):
    artist = Emoji(bank, seed=1)
    for _ in range(500):
        labels = artist.labels()
        text, stated = artist.caption(labels)
        assert bank.labels[labels["label"]]["name"] in text and "emoji" in text and "  " not in text
        assert all(labels[key] == value for key, value in stated.items()) and "fg" not in stated
        if "style" in stated:
            assert labels["style"] in text.replace(",", "").split()
        if labels["container"] != "none":
            assert labels["container"] in text
        elif labels["canvas"] != palette.WHITE:
            assert palette.NAMES[labels["canvas"]] in text


def test_pictures_are_the_emoji_over_container_and_canvas(bank):
    artist = Emoji(bank, seed=2)
    labels = [artist.labels() for _ in range(64)]
    pictures, ink = artist.drawn(labels)
    rgb = (pictures + 1) * 127.5
    for l, x, m in zip(labels, rgb, ink):
        assert (x[:, 0, 0] - torch.tensor(palette.RGB[l["canvas"]])).abs().max() < 8
        free = m[32, 8:11] < 0.01  # just inside a container's left edge, where the emoji leaves it
        inside = palette.RGB[l["bg"]] if l["container"] != "none" else palette.RGB[l["canvas"]]
        assert ((x[:, 32, 8:11] - torch.tensor(inside)[:, None]).abs() * free < 8).all()
    assert rgb.min() > -0.5 and rgb.max() < 255.5 and ink.mean() > 0.1


def test_batches_hold_their_share_and_other_drawings_are_of_the_same_label(bank):
    pictures = Pictures(taught_bank(200), seed=3, emoji=(bank, 0.25))
    batches = [pictures.batch(64, others=10) for _ in range(6)]
    labels = [l for b in batches for l in b.labels]
    share = np.mean([l["domain"] == "emoji" for l in labels])
    assert 0.18 < share < 0.32
    for batch in batches:
        assert batch.pictures.shape == (64, 3, 64, 64) and batch.others.shape == (10, 3, 64, 64) and batch.ink.shape == (64, 64, 64)
        assert batch.truth.diagonal().all()  # every caption is true of its own picture
        emoji = torch.tensor([l["domain"] == "emoji" for l in batch.labels])
        assert not batch.truth[emoji][:, ~emoji].any()  # an emoji's caption of no icon

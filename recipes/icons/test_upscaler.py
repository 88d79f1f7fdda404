"""What the upscaler learns from is the same drawing in the same place at both sizes. Run on demand; the pairs need the data (build_data.sh, bank/build-large.mjs)."""
import numpy as np
import pytest
import torch
import torch.nn.functional as F

import compose
import upscaler
from paths import DATA


def test_it_begins_as_every_pixel_four_times_and_takes_any_side():
    net = upscaler.Upscaler()
    for side in (64, 32):
        x = torch.randn(2, 3, side, side)
        assert torch.equal(net(x), F.interpolate(x, scale_factor=2, mode="nearest"))


def test_containers_in_twice_the_pixels_cover_the_same():
    kind, half, radius = torch.tensor([0, 1, 2]), torch.tensor([26.0, 25.3, 27.1]), torch.tensor([12.0, 12.0, 10.5])
    small, large = compose.containers(kind, half, radius), compose.containers(kind, half, radius, 128)
    assert small.shape == (3, 64, 64) and large.shape == (3, 128, 128)
    assert (F.avg_pool2d(large[:, None], 2)[:, 0] - small).abs().max() < 0.2 and (large.mean((1, 2)) - small.mean((1, 2))).abs().max() < 1e-3
    assert large[0].max() == 0


def test_a_window_is_the_same_place_of_both():
    small = torch.arange(64.0).expand(1, 3, 64, 64)
    for seed in range(5):
        a, b = upscaler.cut(small, F.interpolate(small, scale_factor=2), np.random.default_rng(seed))
        assert a.shape[-2:] == (32, 32) and torch.equal(F.interpolate(a, scale_factor=2), b)


@pytest.mark.skipif(not (DATA / "large.json").exists(), reason="bank/build-large.mjs has not run")
def test_pairs_show_one_drawing_of_their_use_alone():
    shown = {}
    for use in ("train", "ceiling"):
        pairs = upscaler.Pairs(use, seed=3)
        small, large, captions = pairs.batch(40)
        assert small.shape == (40, 3, 64, 64) and large.shape == (40, 3, 128, 128) and len(captions) == 40
        assert (F.avg_pool2d(large, 2) - small).abs().mean((1, 2, 3)).max() < 0.06  # soft edges of the smaller one, no more
        assert (F.avg_pool2d(large, 2).roll(1, 0) - small).abs().mean((1, 2, 3)).min() > 0.06  # another drawing's
        shown[use] = {(g["set"], g["name"]) for pool in pairs.icons.bank.by_concept.values() for g in (pairs.icons.bank.glyphs[i] for i in pool)}
    assert not shown["train"] & shown["ceiling"]
    assert {s for s, _ in shown["ceiling"]}.isdisjoint(s for s, _ in shown["train"])


def test_decibels():
    want = torch.zeros(2, 3, 4, 4)
    assert upscaler.psnr(want + torch.tensor([0.2, 0.02])[:, None, None, None], want).tolist() == pytest.approx([20, 40], abs=1e-3)

"""What is cut out of a picture is the drawing, whatever it stands on. Needs no data: pytest recipes/judge"""
import place  # noqa: F401 (finds palette)
import numpy as np
import pytest

import palette
from cut_out import cut_out

_Y, _X = np.mgrid[0:64, 0:64]
RED, YELLOW, BLUE, WHITE = (palette.RGB[palette.NAMES.index(name)] for name in ("red", "yellow", "blue", "white"))


def disc(picture, colour, radius, x=32, y=32):
    picture[np.hypot(_X + 0.5 - x, _Y + 0.5 - y) < radius] = colour
    return picture


def canvas(colour=WHITE):
    return np.full((64, 64, 3), colour).astype(np.uint8)


def mean_colour(drawing):
    return drawing[:3, drawing[3] == 1].mean(1) * 255  # without its edge, which is mixed with white


def test_what_stands_in_a_container_is_cut_out_without_it():
    seen, drawing = cut_out(disc(disc(canvas(), BLUE, 27), RED, 10), "circle")
    assert (seen["container"], palette.NAMES[seen["bg"]], palette.NAMES[seen["canvas"]]) == ("circle", "blue", "white")
    assert np.abs(mean_colour(drawing) - RED).max() < 8
    assert drawing[3].sum() == pytest.approx(np.pi * 26**2, rel=0.08)  # fitted into 52 pixels, from twenty


def test_a_bare_round_drawing_is_no_container():
    seen, drawing = cut_out(disc(disc(canvas(BLUE), YELLOW, 25), RED, 5), "none")
    assert (seen["container"], seen["bg"]) == ("none", palette.NAMES.index("blue"))
    expected = (YELLOW * (25**2 - 5**2) + RED * 5**2) / 25**2
    assert np.abs(mean_colour(drawing) - expected).max() < 8


def test_what_a_drawing_encloses_belongs_to_it():
    ring = disc(disc(canvas(BLUE), RED, 24), BLUE, 12)
    _, drawing = cut_out(ring, "none")
    assert drawing[3, 32, 32] == 1 and np.abs(drawing[:3, 32, 32] * 255 - BLUE).max() < 8
    assert drawing[:, 2, 2] == pytest.approx([1, 1, 1, 0])  # over white


def test_specks_are_no_drawing():
    speckled = canvas()
    speckled[4::20, 4::55] = 0
    assert cut_out(speckled, "none")[1] is None
    alone, beside = cut_out(disc(canvas(), RED, 12), "none")[1], cut_out(disc(speckled, RED, 12), "none")[1]
    assert np.abs(alone - beside).max() < 0.02


def test_a_container_that_is_not_there_is_missed():
    seen, drawing = cut_out(disc(canvas(), RED, 12), "circle")
    assert seen["container"] == "none" and drawing is not None

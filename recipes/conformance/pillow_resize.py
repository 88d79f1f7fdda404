"""Pillow's Lanczos resizing, which diffusers' pipelines do to pictures that go in: writes test/conformance/data/pillow.json.

    /tmp/venv/bin/pip install pillow==13.0.0 numpy
    /tmp/venv/bin/python recipes/conformance/pillow_resize.py

The pictures are random bytes, the worst there is for rounding; the test repeats them (mulberry32, as token_ids.py).
"""
import json, pathlib, zlib
import numpy as np
import PIL
from PIL import Image
from token_ids import Random

SIZES = {(53, 37): [(80, 48), (16, 16), (53, 100), (9, 37), (200, 11), (50, 30), (30, 5)], (16, 60): [(15, 59), (32, 61), (7, 120), (16, 13), (20, 8)], (1, 3): [(4, 4), (2, 1)]}
cases = []
for (width, height), targets in SIZES.items():
    random = Random(width * 1000 + height)
    source = np.array([random.below(256) for _ in range(width * height * 3)], dtype=np.uint8).reshape(height, width, 3)
    for to in targets:
        cases.append({"width": width, "height": height, "to": to, "crc32": zlib.crc32(np.asarray(Image.fromarray(source).resize(to, Image.LANCZOS)).tobytes())})
path = pathlib.Path(__file__).parents[2] / "test/conformance/data/pillow.json"
path.write_text(json.dumps({"pillow": PIL.__version__, "cases": cases}, separators=(",", ":")).replace('{"width"', '\n{"width"') + "\n")

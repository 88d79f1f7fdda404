"""torch's normal numbers for some seeds and call sizes: writes test/conformance/data/noise.json.

    /tmp/venv/bin/pip install torch==2.13.0
    /tmp/venv/bin/python recipes/conformance/noise.py

One generator per seed is called for every size in turn, as a pipeline calls one. Long answers are thinned to every 97th value.
"""
import base64, json, pathlib
import numpy as np
import torch

SEEDS = [0, 1, 42, 2**31, 2**32 - 1, 2**32, 2**32 + 42, 2**63, 2**64 - 1]
SIZES = [1, 3, 2, 15, 16, 17, 31, 100, 4 * 64 * 64, 5, 1, 16 * 12 * 13]


def thinned(values):
    kept = values[:: 97 if len(values) > 200 else 1].numpy().astype("<f4")
    return base64.b64encode(kept.tobytes()).decode()


cases = []
for seed in SEEDS:
    generator = torch.Generator("cpu").manual_seed(seed)
    cases.append({"seed": str(seed), "draws": [thinned(torch.randn(size, generator=generator)) for size in SIZES]})
path = pathlib.Path(__file__).parents[2] / "test/conformance/data/noise.json"
path.write_text(json.dumps({"torch": torch.__version__, "sizes": SIZES, "cases": cases}, separators=(",", ":")) + "\n")
print(path.stat().st_size, "bytes")

"""Brownian paths as diffusers' and k-diffusion's DPM++ SDE lay them (torchsde), and the seeds of their parts (NumPy): writes
test/conformance/data/brownian.json.

    /tmp/venv/bin/pip install torch==2.13.0 torchsde==0.2.6
    /tmp/venv/bin/python recipes/conformance/brownian.py

Increments are raw, W(to) - W(from), and asked for in an order of their own: where a path was looked at before does not change it.
"""
import json, pathlib
import numpy as np
import torch
import torchsde

COUNT = 32
SEQUENCES = [(0, (), 24, 4), (42, (), 24, 3), (2**32 - 1, (0, 0), 24, 4), (2**40 + 3, (5, 3), 24, 4), (2**64 - 1, (2**26 + 1, 27), 24, 2), (7, (2**33, 34), 8, 9)]
# The last path ends on odd multiples of 1/128, where rounding to six digits has two answers.
PATHS = [("0", 0.029167491942644, 14.614647), ("42", 0.0291675, 14.614646911621094), ("4294967295", 0.002, 80.0), ("1099511627779", 0.1, 157.40725708007812), ("5", 0.0078125, 10.0234375)]
SHARES = [(0.3, 1.0), (0.11, 0.3), (0.02, 0.11), (0.0, 0.02), (0.02, 0.3), (0.0, 1.0), (0.25, 0.5), (0.123456789, 0.1234569)]

sequences = [{"entropy": str(e), "spawnKey": list(k), "poolSize": p, "words": [int(w) for w in np.random.SeedSequence(e, spawn_key=k, pool_size=p).generate_state(n)]} for e, k, p, n in SEQUENCES]
paths = []
for seed, low, high in PATHS:
    tree = torchsde.BrownianInterval(t0=low, t1=high, size=(COUNT,), dtype=torch.float32, entropy=int(seed), tol=1e-6, pool_size=24, halfway_tree=True)
    for a, b in SHARES:
        start, end = (float(np.float32(low + share * (high - low))) for share in (a, b))
        start, end = max(start, low), min(end, high)
        paths.append({"seed": seed, "low": low, "high": high, "from": start, "to": end, "increment": [round(float(v), 7) for v in tree(start, end)]})
path = pathlib.Path(__file__).parents[2] / "test/conformance/data/brownian.json"
text = json.dumps({"torch": torch.__version__, "torchsde": "0.2.6", "sequences": sequences, "paths": paths}, separators=(",", ":")).replace('{"seed"', '\n{"seed"').replace('{"entropy"', '\n{"entropy"')
path.write_text(text + "\n")
print(path.stat().st_size, "bytes")

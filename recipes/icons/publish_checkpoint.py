"""The trunk as one small file for the repository, and back: weights in fp16 (safetensors).

python publish_checkpoint.py           run/trunk.pt -> recipes/icons/checkpoint/trunk.safetensors
python publish_checkpoint.py restore   the other way, on a fresh machine; moments and average start anew (short warm-up)
"""
import json
import os
import sys

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from paths import RECIPE, WORK

FILE = RECIPE / "checkpoint" / "trunk.safetensors"


def publish():
    saved = torch.load(WORK / "run" / "trunk.pt", weights_only=True, mmap=True)
    about = {k: saved.get(k) for k in ("shape", "step", "pictures", "seconds", "top", "keywords_since", "frozen_since")}
    FILE.parent.mkdir(exist_ok=True)
    weights = {k: (v.half() if v.ndim >= 2 else v.float()).contiguous() for k, v in saved["model"].items()}
    save_file(weights, FILE, {"about": json.dumps(about)})
    print(f"{FILE}: {FILE.stat().st_size / 2**20:.1f} MiB, {about['pictures']} pictures")


def restore():
    target = WORK / "run" / "trunk.pt"
    if target.exists():
        raise SystemExit(f"{target} exists; remove it first")
    with safe_open(FILE, "pt") as f:
        about = json.loads(f.metadata()["about"])
        weights = {k: f.get_tensor(k).float() for k in f.keys()}
    target.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"model": weights, "ema": weights, "optimizers": {}, **about}, target.with_suffix(".tmp"))
    os.replace(target.with_suffix(".tmp"), target)
    print(f"{target} at {about['pictures']} pictures")


if __name__ == "__main__":
    restore() if sys.argv[1:] == ["restore"] else publish()

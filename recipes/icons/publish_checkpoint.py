"""The trunk as one small file for the repository, and back: weights in fp16 (safetensors).

python publish_checkpoint.py           run/trunk.pt -> recipes/icons/checkpoint/trunk.safetensors
python publish_checkpoint.py restore   the other way, on a fresh machine; moments and average start anew (short warm-up)
python publish_checkpoint.py shipped   models/icon-64 -> run/decay.pt: what was shipped, to distil or measure it where it was not trained
"""
import json
import os
import sys

import onnx
import torch
from onnx import numpy_helper
from safetensors import safe_open
from safetensors.torch import save_file

from model import IconModel, Shape
from paths import MODEL, RECIPE, WORK

FILE = RECIPE / "checkpoint" / "trunk.safetensors"


def publish():
    saved = torch.load(WORK / "run" / "trunk.pt", weights_only=True, mmap=True)
    about = {k: saved.get(k) for k in ("shape", "step", "pictures", "seconds", "top", "keywords_since", "frozen_since")}
    FILE.parent.mkdir(exist_ok=True)
    weights = {k: (v.half() if v.ndim >= 2 else v.float()).contiguous() for k, v in saved["model"].items()}
    save_file(weights, FILE, {"about": json.dumps(about)})
    print(f"{FILE}: {FILE.stat().st_size / 2**20:.1f} MiB, {about['pictures']} pictures")


def restore():
    with safe_open(FILE, "pt") as f:
        about = json.loads(f.metadata()["about"])
        weights = {k: f.get_tensor(k).float() for k in f.keys()}
    write(WORK / "run" / "trunk.pt", weights, about)


def shipped():
    """Its matrices are in fp16, and what training alone needs (ink heads, temperature) was not exported: it draws, but is no trunk."""
    about = json.loads((RECIPE / "shipped" / "exported.json").read_text())
    model = IconModel(Shape())
    weights = model.state_dict()
    for part, prefixes in (("text_encoder", ("generative.", "contrastive.")), ("transformer", ("generator.",)), ("image_encoder", ("tower.",))):
        exported = {t.name: torch.tensor(numpy_helper.to_array(t)).float() for t in onnx.load(MODEL / part / "model.onnx").graph.initializer}
        for name in [name for name in weights if name.startswith(prefixes)]:
            weights[name] = exported[name if part == "text_encoder" else name.split(".", 1)[1]].reshape(weights[name].shape)
    write(WORK / "run" / "decay.pt", weights, {"shape": vars(model.shape), **about})


def write(target, weights, about):
    if target.exists():
        raise SystemExit(f"{target} exists; remove it first")
    target.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"model": weights, "ema": weights, "optimizers": {}, **about}, target.with_suffix(".tmp"))
    os.replace(target.with_suffix(".tmp"), target)
    print(f"{target} at {about['pictures']} pictures")


if __name__ == "__main__":
    {"": publish, "restore": restore, "shipped": shipped}[" ".join(sys.argv[1:])]()

"""Scores pictures against the labels they should show: four exact attributes, the concept by the judge, all together."""
import json
from pathlib import Path

import numpy as np
import onnxruntime

from extract import extract, normalise

HERE = Path(__file__).resolve().parent


class Scorer:
    def __init__(self):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(HERE / "judge.onnx"), options, providers=["CPUExecutionProvider"])
        self.concepts = json.loads((HERE / "judge.json").read_text())["concepts"]

    def __call__(self, image, concept, labels):
        """image uint8 [64,64,3]; dict of 0/1 per attribute. No glyph found counts as wrong."""
        seen = extract(image)
        right = {k: float(seen[k] == labels[k]) for k in ("canvas", "container", "bg", "fg")}
        right["all four"] = float(all(right.values()))
        glyph = normalise(seen["glyph"]) if seen["glyph"] is not None else None
        rank = len(self.concepts)
        if glyph is not None:
            logits = self.session.run(None, {"glyph": glyph[None, None]})[0][0]
            rank = int((logits > logits[self.concepts.index(concept)]).sum())
        right["concept top-1"], right["concept top-5"] = float(rank == 0), float(rank < 5)
        right["joint"] = right["all four"] * right["concept top-1"]
        return right, glyph


def interval(values, rounds=1000, seed=0):
    """Mean and its 95 % bootstrap interval."""
    v = np.asarray(values)
    means = np.random.default_rng(seed).choice(v, (rounds, len(v))).mean(1)
    return float(v.mean()), float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def to_uint8(x):
    """[3,64,64] in -1..1 to uint8 [64,64,3]."""
    return ((np.asarray(x) + 1) * 127.5).round().clip(0, 255).astype(np.uint8).transpose(1, 2, 0)

"""Scores pictures against the labels they should show: four exact attributes, the concept by the judge, the style by how
much ink survives erosion, copies by overlap with training glyphs. `easel evaluate icons` computes the same in TypeScript.
"""
import gzip
import json

import place
import numpy as np
import onnxruntime
from scipy import ndimage

import palette
from extract import extract, normalise

CROSS, SQUARE = ndimage.generate_binary_structure(2, 1), np.ones((3, 3), bool)
FILLED = 0.09  # ink that survives three erosions (icon-data: 91 % balanced accuracy against declared styles)
COPY = 0.9     # overlap above which two glyphs count as the same drawing


def measured_style(glyph):
    m = glyph > 0.5
    ink = max(1, m.sum())
    for shape in (CROSS, SQUARE, CROSS):
        m = ndimage.binary_erosion(m, shape)
    return "filled" if m.sum() / ink > FILLED else "outline"


def bits(glyph):
    """[..., 64, 64] coverage to [..., 1024] of 0 and 1: quarters that are inked more than 0.43."""
    return glyph.reshape(*glyph.shape[:-2], 32, 2, 32, 2).mean((-3, -1)).reshape(*glyph.shape[:-2], 1024) > 0.43


def overlaps(query, others):
    """IoU of one glyph's bits with each of others [N, 1024]."""
    both = (others & query).sum(1)
    return both / np.maximum(1, others.sum(1) + query.sum() - both)


def read_references():
    packed = np.frombuffer(gzip.decompress((place.JUDGE / "glyphs.bin.gz").read_bytes()), np.uint8).reshape(-1, 128)
    return np.unpackbits(packed, axis=1).astype(bool)


def open_judge(folder):
    """The classifier of a judge's folder, on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(folder / "judge.onnx"), options, providers=["CPUExecutionProvider"])


class Scorer:
    def __init__(self):
        self.session = open_judge(place.JUDGE)
        self.concepts = json.loads((place.JUDGE / "judge.json").read_text())["concepts"]

    def __call__(self, image, concept, labels):
        """image uint8 [64,64,3]; dict of 0/1 per attribute, and the glyph. No glyph found counts as wrong."""
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
        right["style"] = float(glyph is not None and measured_style(glyph) == labels["style"])
        return right, glyph


def to_uint8(x):
    """[3,64,64] in -1..1 to uint8 [64,64,3]."""
    return ((np.asarray(x) + 1) * 127.5).round().clip(0, 255).astype(np.uint8).transpose(1, 2, 0)

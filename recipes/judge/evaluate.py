"""Scores the shipped ONNX model with its shipped sampler: python evaluate.py --prompts 40 --seeds 2 [--pooled null]

Per split: each attribute, all four, concept top-1 and top-5 and joint success (also divided by the ceiling on real
pictures), copy rate, with 95 % intervals; distinctness over 16 drawings of a few prompts. Writes scores.json.
"""
import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime

from prompts import SPLITS, Bank, prompts
from score import HERE, Scorer, interval, to_uint8

sys.path.insert(0, str(HERE.parent / "icons"))
import torch  # noqa: E402
from paths import MODEL, WORK  # noqa: E402
from sampling import sheet, sigmas  # noqa: E402
from tokens import CaptionTokenizer  # noqa: E402


class Drawer:
    """The pipeline in a few lines: encode once, flow-matching Euler with guidance, pooled null or from the text."""

    def __init__(self, pooled):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 2
        load = lambda part: onnxruntime.InferenceSession(str(MODEL / part / "model.onnx"), options, providers=["CPUExecutionProvider"])
        self.text, self.net, self.tokenizer, self.pooled = load("text_encoder"), load("transformer"), CaptionTokenizer(32), pooled

    def __call__(self, texts, seed, steps, cfg):
        n = len(texts)
        ids, mask = self.tokenizer(list(texts) + [""] * n)
        hidden, pooled = self.text.run(None, {"input_ids": ids.numpy(), "attention_mask": mask.numpy()})
        pooled = pooled if self.pooled else np.zeros_like(pooled)
        keep = int(mask.sum(1).max())
        bias = ((mask.numpy() - 1) * 1e4).astype(np.float32)[:, :keep]
        z = torch.randn(n, 3, 64, 64, generator=torch.Generator().manual_seed(seed)).numpy()
        levels = sigmas(steps)
        for sigma, following in zip(levels, levels[1:]):
            v = self.net.run(None, {"hidden_states": np.concatenate([z, z]), "timestep": np.full(2 * n, 1000 * sigma, np.float32),
                                    "encoder_hidden_states": hidden[:, :keep], "pooled_projections": pooled, "encoder_attention_bias": bias})[0]
            z = z + np.float32(following - sigma) * (v[n:] + cfg * (v[:n] - v[n:]))
        return z.clip(-1, 1)


def iou_to_any(glyph, packed):
    """Largest overlap with any training glyph at 32x32."""
    q = glyph.reshape(32, 2, 32, 2).mean((1, 3)).reshape(-1) > 0.43
    both = packed @ q.astype(np.float32)
    return float((both / (packed.sum(1) + q.sum() - both)).max())


def training_glyphs(top):
    bank = Bank(top, clean=False)
    masks = np.stack([bank.masks[g] for c in bank.by_concept for g in bank.by_concept[c]]).astype(np.float32) / 255
    return (masks.reshape(-1, 32, 2, 32, 2).mean((2, 4)).reshape(len(masks), -1) > 0.43).astype(np.float32)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prompts", type=int, default=40)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--cfg", type=float, default=3.0)
    parser.add_argument("--top", type=int, default=200)
    parser.add_argument("--splits", default=",".join(SPLITS))
    parser.add_argument("--pooled", choices=("text", "null"), default="text", help="what the pooled vector is; the shipped sampler takes the text's")
    args = parser.parse_args()
    scorer, draw, train = Scorer(), Drawer(args.pooled == "text"), training_glyphs(args.top)
    ceiling = json.loads((HERE / "calibration.json").read_text())["ceiling"]
    result = {"settings": vars(args), "model": json.loads((WORK / "run" / "exported.json").read_text()), "splits": {}}
    for split in args.splits.split(","):
        asked, rows, copies, shown, start = prompts(split, args.prompts, args.top), [], [], [], time.time()
        for seed in range(args.seeds):
            for i in range(0, len(asked), 20):
                part = asked[i:i + 20]
                for p, x in zip(part, draw([p["prompt"] for p in part], 100 * seed + i, args.steps, args.cfg)):
                    right, glyph = scorer(to_uint8(x), p["concept"], p["labels"])
                    rows.append(right)
                    copies.append(float(glyph is not None and iou_to_any(glyph, train) > 0.9))
                    shown.append(x)
        scores = {k: [round(v, 3) for v in interval([r[k] for r in rows])] for k in rows[0]}
        for k in ("concept top-1", "concept top-5", "joint"):
            scores[k + " / ceiling"] = round(scores[k][0] / max(1e-9, ceiling[split][k]), 3)
        scores["copies"] = round(float(np.mean(copies)), 3)
        scores["pictures"] = len(rows)
        result["splits"][split] = scores
        print(split, json.dumps(scores), f"{time.time() - start:.0f} s", flush=True)
        if args.pooled == "null":
            continue
        folder = MODEL / "samples"
        folder.mkdir(exist_ok=True)
        sheet(torch.from_numpy(np.stack(shown[:32])), 8, folder / f"{split}.png")
        (folder / f"{split}.txt").write_text("\n".join(p["prompt"] for p in asked[:32]) + "\n")
    name = "scores.json" if args.pooled == "text" else "scores-pooled-null.json"
    (HERE / name).write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()

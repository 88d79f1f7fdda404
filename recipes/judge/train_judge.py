"""Trains the judge: which of the known concepts does a glyph show?

Taught on CC-BY mono sets and two of the four sets that the generator never sees (hugeicons, carbon); its ceiling is
measured on the other two (icon-park-outline, healthicons), which neither has seen. Input: the glyph's coverage as
extract.py cuts it out and normalises it, [B,1,64,64]; output: logits over judge.json's concepts.
"""
import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "icons"))
from data import Bank  # noqa: E402
from onnx_graph import Graph  # noqa: E402


class Judge(nn.Module):
    def __init__(self, concepts):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 24, 5, stride=2, padding=2)
        self.conv2, self.conv3, self.conv4 = nn.Conv2d(24, 48, 3, padding=1), nn.Conv2d(48, 96, 3, padding=1), nn.Conv2d(96, 128, 3, padding=1)
        self.hidden = nn.Linear(128 * 16, 256)
        self.out = nn.Linear(256, concepts)

    def forward(self, x, dropout=0.0):
        h = F.relu(self.conv1(x))
        for conv in (self.conv2, self.conv3, self.conv4):
            h = F.max_pool2d(F.relu(conv(h)), 2)
        h = F.dropout(F.relu(self.hidden(F.dropout(h.flatten(1), dropout))), dropout)
        return self.out(h)


def distort(masks, rng):
    """Small turns, shifts, stretches; seen through a smaller size, blur and noise, as generated glyphs are."""
    n = len(masks)
    u = lambda a, b, *s: torch.empty(n, *s).uniform_(a, b, generator=rng)
    angle = u(-0.12, 0.12)
    sx, sy = u(0.9, 1.1), u(0.9, 1.1)
    theta = torch.stack([torch.stack([angle.cos() * sx, -angle.sin() * sy, u(-0.06, 0.06)], 1),
                         torch.stack([angle.sin() * sx, angle.cos() * sy, u(-0.06, 0.06)], 1)], 1)
    x = F.grid_sample(masks[:, None], F.affine_grid(theta, (n, 1, 64, 64), align_corners=False), align_corners=False)
    size = int(torch.randint(26, 64, (1,), generator=rng))
    x = F.interpolate(F.interpolate(x, size=(size, size), mode="area"), size=(64, 64), mode="bilinear")
    x = x + 0.08 * torch.rand(1, generator=rng) * torch.randn(x.shape, generator=rng)
    # Thicker or thinner strokes.
    u1 = torch.rand(1, generator=rng)
    x = F.max_pool2d(x, 3, 1, 1) if u1 < 0.15 else -F.max_pool2d(-x, 3, 1, 1) if u1 > 0.9 else x
    return x.clamp(0, 1)


def masks_of(bank):
    """(masks [N,64,64] in 0..1, concept index [N]); rendered masks are already fitted to 52 pixels."""
    order = {c: i for i, c in enumerate(bank.ids)}
    pairs = [(g, order[c]) for c in bank.ids for g in bank.by_concept[c]]
    x = np.stack([bank.masks[g] for g, _ in pairs]).astype(np.float32) / 255
    return torch.from_numpy(x), torch.tensor([c for _, c in pairs])


def export(judge, path):
    g = Graph("icon_judge")
    h = g.op("Relu", g.conv(g.input("glyph", ["batch", 1, 64, 64]), judge.conv1, "conv1"), at="conv1")
    for name in ("conv2", "conv3", "conv4"):
        h = g.op("Relu", g.conv(h, getattr(judge, name), name), at=name)
        h = g.op("MaxPool", h, at=name, kernel_shape=[2, 2], strides=[2, 2])
    h = g.op("Relu", g.linear(g.reshape(h, [0, -1]), judge.hidden, "hidden"), at="hidden")
    g.output(g.linear(h, judge.out, "out"), "logits", ["batch", judge.out.out_features])
    g.save(path, "Concept of a normalised glyph mask; the concepts are listed in judge.json.")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--top", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=5)
    args = parser.parse_args()
    torch.set_num_threads(1)  # the generator is usually training beside it
    torch.manual_seed(0)
    rng = torch.Generator().manual_seed(0)
    known = Bank(args.top)  # concepts that the generator knows
    teach, ceiling = Bank(args.top, "judge"), Bank(args.top, "ceiling")
    for bank in (teach, ceiling):
        bank.ids = known.ids
        for c in bank.ids:
            bank.by_concept.setdefault(c, [])
    x, y = masks_of(teach)
    cx, cy = masks_of(ceiling)
    print(f"{len(known.ids)} concepts, {len(x)} drawings to learn, {len(cx)} for the ceiling, concepts without drawing {sum(not teach.by_concept[c] for c in known.ids)}")
    judge = Judge(len(known.ids)).to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(judge.parameters(), 1.5e-3, weight_decay=0.05)
    weight = 1 / torch.bincount(y, minlength=len(known.ids)).clamp_min(1).float().sqrt()
    start, step, total = time.time(), 0, 0.0
    while (part := (time.time() - start) / (60 * args.minutes)) < 1:
        for g in optimizer.param_groups:
            g["lr"] = 1.5e-3 * min(1, (step + 1) / 100) * (1 - part)
        i = torch.multinomial(weight[y], 192, generator=rng)
        with torch.autocast("cpu", torch.bfloat16):
            logits = judge(distort(x[i], rng).contiguous(memory_format=torch.channels_last), 0.3).float()
        loss = F.cross_entropy(logits, y[i], label_smoothing=0.1)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        step += 1
        total += loss.item()
        if step % 200 == 0:
            print(f"step {step} loss {total / 200:.3f}", flush=True)
            total = 0.0
    judge.eval()
    with torch.no_grad():
        order = torch.cat([judge(b[:, None]) for b in cx.split(500)]).argsort(1, descending=True)
    rank = (order == cy[:, None]).float().argmax(1)
    print(f"real drawings of unseen sets: top-1 {(rank == 0).float().mean():.3f}, top-5 {(rank < 5).float().mean():.3f} of {len(cy)}")
    export(judge, HERE / "judge.onnx")
    (HERE / "judge.json").write_text(json.dumps({
        "input": "glyph [B,1,64,64]: coverage 0..1, ink cropped and fitted to 52 of 64 pixels",
        "taught_on": sorted({teach.glyphs[g]["set"] for c in teach.ids for g in teach.by_concept[c]}),
        "ceiling_sets": sorted({ceiling.glyphs[g]["set"] for c in ceiling.ids for g in ceiling.by_concept[c]}),
        "steps": step, "concepts": [known.concepts[c]["name"] for c in known.ids]}, indent=1) + "\n")


if __name__ == "__main__":
    main()

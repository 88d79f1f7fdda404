"""Trains the judge: which of the known concepts does a glyph show?

Taught on CC-BY mono sets and two of the four sets that the generator never sees (hugeicons, carbon); its ceiling is
measured on the other two (icon-park-outline, healthicons), which neither has seen. Input: the glyph's coverage as
extract.py cuts it out and normalises it, [B,1,64,64]; output: logits over judge.json's concepts.
"""
import argparse
import json

import place
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from data import Bank
from onnx_graph import Graph
from paths import CONCEPTS
from score import open_judge
from strokes import Strokes, centred_in, unit, unit_in


class Judge(nn.Module):
    """Fixed features (strokes, and a 16x16 thumbnail), then two learned layers.

    With about eleven drawings per concept, learned convolutions generalise worse to unseen sets (0.56 against this).
    """

    def __init__(self, concepts, hidden=640):
        super().__init__()
        self.strokes = Strokes()
        self.register_buffer("thumb", torch.full((1, 1, 8, 8), 1 / 64))
        self.hidden = nn.Linear(Strokes.LENGTH + 256, hidden)
        self.out = nn.Linear(hidden, concepts)

    def features(self, x):
        t = F.conv2d(x, self.thumb, stride=4, padding=2)[:, :, :16, :16].flatten(1)
        return torch.cat([unit(self.strokes(x)), unit(t - t.mean(1, keepdim=True))], 1) * 8

    def classify(self, f, dropout=0.0):
        return self.out(F.dropout(F.relu(self.hidden(F.dropout(f, dropout / 2))), dropout))

    def forward(self, x):
        return self.classify(self.features(x))


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
    x = g.input("glyph", ["batch", 1, 64, 64])
    t = g.op("Conv", x, g.constant(judge.thumb.numpy()), kernel_shape=[8, 8], strides=[4, 4], pads=[2] * 4)
    t = g.reshape(g.slice(g.slice(t, 2, 0, 16), 3, 0, 16), [0, -1])
    f = g.op("Mul", g.op("Concat", unit_in(g, judge.strokes.graph(g, x)), unit_in(g, centred_in(g, t)), axis=1), g.constant(8.0))
    g.output(g.linear(g.op("Relu", g.linear(f, judge.hidden, "hidden")), judge.out, "out"), "logits", ["batch", judge.out.out_features])
    g.save(path, "Concept of a normalised glyph mask; the concepts are listed in judge.json.")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--top", type=int, default=CONCEPTS)
    parser.add_argument("--copies", type=int, default=8, help="distorted copies of every drawing")
    parser.add_argument("--steps", type=int, default=1500)
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
    judge = Judge(len(known.ids))
    optimizer = torch.optim.AdamW(judge.parameters(), 1.5e-3, weight_decay=0.05)
    weight = 1 / torch.bincount(y, minlength=len(known.ids)).clamp_min(1).float().sqrt()
    # The features are fixed, so a few distorted copies of every drawing are computed once.
    with torch.no_grad():
        f = torch.cat([judge.features(distort(part, rng)) for _ in range(args.copies) for part in x.split(64)])
    y = y.repeat(args.copies)
    total = 0.0
    for step in range(1, args.steps + 1):
        for g in optimizer.param_groups:
            g["lr"] = 1.5e-3 * min(1, step / 50) * (1 - (step - 1) / args.steps)
        i = torch.multinomial(weight[y], 256, generator=rng)
        loss = F.cross_entropy(judge.classify(f[i], 0.5), y[i], label_smoothing=0.1)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        total += loss.item()
        if step % 200 == 0:
            print(f"step {step} loss {total / 200:.3f}", flush=True)
            total = 0.0
    judge.eval()
    with torch.no_grad():
        order = torch.cat([judge(b[:, None]) for b in cx.split(500)]).argsort(1, descending=True)
    rank = (order == cy[:, None]).float().argmax(1)
    print(f"real drawings of unseen sets: top-1 {(rank == 0).float().mean():.3f}, top-5 {(rank < 5).float().mean():.3f} of {len(cy)}")
    export(judge, place.JUDGE / "judge.onnx")
    session = open_judge(place.JUDGE)
    with torch.no_grad():
        difference = np.abs(session.run(None, {"glyph": cx[:50, None].numpy()})[0] - judge(cx[:50, None]).numpy()).max()
    print(f"judge.onnx {(place.JUDGE / 'judge.onnx').stat().st_size / 1e6:.2f} MB, largest difference from PyTorch {difference:.4f}")
    assert difference < 0.05
    (place.JUDGE / "judge.json").write_text(json.dumps({
        "input": "glyph [B,1,64,64]: coverage 0..1, ink cropped and fitted to 52 of 64 pixels",
        "taught_on": sorted({teach.glyphs[g]["set"] for c in teach.ids for g in teach.by_concept[c]}),
        "ceiling_sets": sorted({ceiling.glyphs[g]["set"] for c in ceiling.ids for g in ceiling.by_concept[c]}),
        "steps": step, "concepts": [known.concepts[c]["name"] for c in known.ids]}, indent=1) + "\n")


if __name__ == "__main__":
    main()

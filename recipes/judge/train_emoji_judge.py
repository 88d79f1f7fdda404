"""Trains the emoji judge: which of the known labels does a coloured drawing show?

Taught on two CC-BY sets that the generator never sees (twemoji, emojione); its ceiling is measured on two others (fxemoji,
streamline-emojis), which neither has seen. Input: a drawing as cut_out.py cuts it out, [B,4,64,64]; output: logits over
judge.json's labels. Strokes of lightness and of the outline, an 8x8 thumbnail of both and of the colours, two learned layers.
"""
import argparse
import json

import place
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from cut_out import cut_out
from emoji import Emoji, EmojiBank
from onnx_graph import Graph
from paths import EMOJI
from score import open_judge, to_uint8
from strokes import Strokes, centred_in, unit, unit_in

TO_XYZ = torch.tensor([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) / torch.tensor([[0.95047], [1.0], [1.08883]])
# To lightness and two colour axes of Lab, in hundredths, as seen against white: 0 where nothing is drawn.
TO_LAB = torch.tensor([[0, 1.16, 0], [5, -5, 0], [0, 2, -2]])
PARTS = dict(lightness=1.0, outline=0.5, colours=0.8, body=0.5)  # how much each says


class EmojiJudge(nn.Module):
    def __init__(self, labels, hidden=320):
        super().__init__()
        self.strokes = Strokes()
        self.hidden = nn.Linear(2 * Strokes.LENGTH + 4 * 64, hidden)
        self.out = nn.Linear(hidden, labels)

    def features(self, x):
        """[B,4,64,64] to [B,N], rows of length 16."""
        rgb, coverage = x[:, :3], x[:, 3:]
        linear = torch.where(rgb <= 0.04045, rgb / 12.92, ((rgb.clamp_min(0.04045) + 0.055) / 1.055) ** 2.4)
        xyz = torch.einsum("ij,bjhw->bihw", TO_XYZ, linear)
        f = torch.where(xyz > 0.008856, xyz.clamp_min(0.008856) ** (1 / 3), 7.787 * xyz + 16 / 116)
        lab = torch.einsum("ij,bjhw->bihw", TO_LAB, 1 - f)
        thumb = lambda v: (lambda t: unit(t - t.mean(1, keepdim=True)))(F.avg_pool2d(v, 8).flatten(1))
        parts = dict(lightness=unit(self.strokes(lab[:, :1])), outline=unit(self.strokes(coverage)), colours=thumb(lab), body=thumb(coverage))
        return unit(torch.cat([weight * parts[name] for name, weight in PARTS.items()], 1)) * 16

    def classify(self, f, dropout=0.0):
        return self.out(F.dropout(F.relu(self.hidden(F.dropout(f, dropout / 2))), dropout))

    def forward(self, x):
        return self.classify(self.features(x))


def drawings(use, copies, seed, noise=0.0):
    """([N,4,64,64], label [N], how often the attributes were right): each drawing of a use in `copies` pictures, with noise of
    at most so much in 255, cut out of them."""
    bank = EmojiBank(use=use)
    artist = Emoji(bank, seed)
    cut, labels, right = [], [], []
    for label in bank.ids * copies:
        for drawing in bank.by_label[label]:
            l = artist.with_drawing({**artist.labels(), "label": label}, drawing)
            picture = to_uint8(artist.drawn([l])[0][0]) + artist.rng.uniform(0, noise) * artist.rng.standard_normal((64, 64, 3))
            seen, found = cut_out(picture.round().clip(0, 255).astype(np.uint8), l["container"])
            right.append(all(seen[k] == l[k] for k in ("canvas", "container", "bg")))
            if found is not None:
                cut.append(found)
                labels.append(label)
    return torch.from_numpy(np.stack(cut)), torch.tensor(labels), np.mean(right)


def export(judge, path):
    g = Graph("emoji_judge")
    x = g.input("drawing", ["batch", 4, 64, 64])
    rgb, coverage = g.slice(x, 1, 0, 3), g.slice(x, 1, 3, 4)
    number = g.constant
    times = lambda value, matrix: g.op("Conv", value, number(matrix.numpy()[:, :, None, None]), kernel_shape=[1, 1])
    curve = g.op("Pow", g.op("Div", g.op("Add", g.op("Max", rgb, number(0.04045)), number(0.055)), number(1.055)), number(2.4))
    xyz = times(g.op("Where", g.op("LessOrEqual", rgb, number(0.04045)), g.op("Div", rgb, number(12.92)), curve), TO_XYZ)
    root = g.op("Pow", g.op("Max", xyz, number(0.008856)), number(1 / 3))
    f = g.op("Where", g.op("Greater", xyz, number(0.008856)), root, g.op("Add", g.op("Mul", xyz, number(7.787)), number(16 / 116)))
    lab = times(g.op("Sub", number(1.0), f), TO_LAB)
    thumb = lambda v: unit_in(g, centred_in(g, g.reshape(g.op("AveragePool", v, kernel_shape=[8, 8], strides=[8, 8]), [0, -1])))
    parts = dict(lightness=unit_in(g, judge.strokes.graph(g, g.slice(lab, 1, 0, 1))), outline=unit_in(g, judge.strokes.graph(g, coverage)), colours=thumb(lab), body=thumb(coverage))
    features = unit_in(g, g.op("Concat", *(g.op("Mul", parts[name], number(weight)) for name, weight in PARTS.items()), axis=1))
    hidden = g.op("Relu", g.linear(g.op("Mul", features, number(16.0)), judge.hidden, "hidden"))
    g.output(g.linear(hidden, judge.out, "out"), "logits", ["batch", judge.out.out_features])
    g.save(path, "Label of a coloured drawing; the labels are listed in judge.json.")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--copies", type=int, default=8, help="pictures of every drawing")
    parser.add_argument("--steps", type=int, default=1500)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    (x, y, right), (cx, cy, _) = drawings("judge", args.copies, seed=1, noise=5), drawings("ceiling", 1, seed=2)
    labels = EmojiBank().labels
    print(f"{len(labels)} labels, {len(x)} pictures to learn, {len(cx)} for the ceiling; canvas and container right in {right:.3f}", flush=True)
    judge = EmojiJudge(len(labels))
    optimizer = torch.optim.AdamW(judge.parameters(), 1.5e-3, weight_decay=0.05)
    with torch.no_grad():
        f, cf = judge.features(x), judge.features(cx)
    for step in range(1, args.steps + 1):
        for group in optimizer.param_groups:
            group["lr"] = 1.5e-3 * min(1, step / 50) * (1 - (step - 1) / args.steps)
        i = torch.randint(len(f), (256,))
        loss = F.cross_entropy(judge.classify(f[i], 0.5), y[i], label_smoothing=0.1)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    judge.eval()
    with torch.no_grad():
        logits = judge.classify(cf)
    rank = (logits > logits.gather(1, cy[:, None])).sum(1)
    print(f"real drawings of unseen sets: top-1 {(rank == 0).float().mean():.3f}, top-5 {(rank < 5).float().mean():.3f} of {len(cy)}")
    place.EMOJI_JUDGE.mkdir(parents=True, exist_ok=True)
    export(judge, place.EMOJI_JUDGE / "judge.onnx")
    session = open_judge(place.EMOJI_JUDGE)
    with torch.no_grad():
        difference = np.abs(session.run(None, {"drawing": cx[:50].numpy()})[0] - judge(cx[:50]).numpy()).max()
    print(f"judge.onnx {(place.EMOJI_JUDGE / 'judge.onnx').stat().st_size / 1e6:.2f} MB, largest difference from PyTorch {difference:.4f}")
    assert difference < 0.05
    def sets(use):
        bank = EmojiBank(use=use)
        return sorted({bank.emoji[i]["set"] for drawn in bank.by_label.values() for i in drawn})

    (place.EMOJI_JUDGE / "judge.json").write_text(json.dumps({
        "input": "drawing [B,4,64,64]: colours 0..1 over white and coverage 0..1, cropped and fitted to 52 of 64 pixels",
        "taught_on": sets("judge"), "ceiling_sets": sets("ceiling"), "labels": [label["name"] for label in labels]}, indent=1) + "\n")


if __name__ == "__main__":
    main()

"""Teaches a small network to draw a picture of 64 pixels again in 128: the model's `upscaler`.

node bank/build-large.mjs           renders what it learns from and is measured on (once)
python upscaler.py --minutes 20     trains; goes on where $EASEL_TRAIN/run/upscaler.pt ended
python upscaler.py --score          against nearest and bicubic, on drawings of sets that no part of the model has seen
python upscaler.py --export         writes models/icon-64/upscaler and compares it with PyTorch

An icon is flat colour with hard edges, and where an edge runs is still in the grey of its pixels. So little is missing at
64 that 90,000 weights can say where it was. Half of the pictures that go in have been through the generator (a little noise
added and taken away again), for what it draws has softer edges than what was rendered.
"""
import argparse
import json
import os
import time
from types import SimpleNamespace

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import export_onnx
from checkpoint import load_model
from compose import S
from data import Bank, Pictures, masks_of
from emoji import Emoji, EmojiBank
from export import close, session, write_json
from model import bias_of
from paths import DATA, MODEL, WORK
from tokens import CaptionTokenizer

CHECKPOINT = WORK / "run" / "upscaler.pt"
SIDE = 2 * S
EMOJI_SHARE, DRAWN_SHARE = 0.2, 0.5
SOFT = 0.02      # errors above this (of a range of 2) count linearly, so that edges stay edges


class Upscaler(nn.Module):
    """[B,3,64,64] in [-1, 1] to [B,3,128,128]. Convolutions at 64, so any even smaller or larger side would do as well."""

    def __init__(self, width=40, layers=3):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3, padding=1)
        self.first, self.second = (nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(layers)) for _ in range(2))
        self.out = nn.Conv2d(width + 3, 12, 3, padding=1)
        for layer in self.second:
            nn.init.zeros_(layer.weight)
        with torch.no_grad():  # begins as the picture with every pixel four times
            self.out.weight.zero_()
            self.out.bias.zero_()
            for i in range(12):
                self.out.weight[i, width + i // 4, 1, 1] = 1

    def forward(self, x):
        h = self.stem(x)
        for first, second in zip(self.first, self.second):
            h = h + second(F.relu(first(F.relu(h))))
        return F.pixel_shuffle(self.out(torch.cat([h, x], 1)), 2)


class Pairs:
    """Pictures of 64 and of 128 pixels of the same drawing in the same place, with a caption. `use`: 'train' or 'ceiling'."""

    def __init__(self, use, seed):
        large = json.loads((DATA / "large.json").read_text())
        self.glyphs = np.memmap(DATA / "large-glyphs.bin", np.uint8, "r").reshape(-1, large["glyphSide"], large["glyphSide"])
        self.emoji_rgba = np.memmap(DATA / "large-emoji.bin", np.uint8, "r").reshape(-1, large["emojiSide"], large["emojiSide"], 4)
        self.glyph_row, self.emoji_row = ({number: row for row, number in enumerate(large[part])} for part in ("glyphs", "emoji"))
        bank, emoji = Bank(10**9, use), EmojiBank(10**9, use)
        keep = lambda pools, rows: {c: kept for c, pool in pools.items() if (kept := [d for d in pool if d in rows])}
        bank.by_concept, emoji.by_label = keep(bank.by_concept, self.glyph_row), keep(emoji.by_label, self.emoji_row)
        bank.ids, emoji.ids = sorted(bank.by_concept), sorted(emoji.by_label)
        bank.weight = np.full(len(bank.ids), 1 / len(bank.ids))
        if use != "train":  # sets that are never shown have no style to name
            emoji.style = {name: style or "" for name, style in emoji.style.items()}
        self.icons, self.emoji = Pictures(bank, seed), Emoji(emoji, seed)
        self.rng = np.random.default_rng(seed)

    def batch(self, n):
        """(small [n,3,64,64], large [n,3,128,128], captions)."""
        few = int(self.rng.binomial(n, EMOJI_SHARE))
        labels = [self.icons.labels() for _ in range(n - few)]
        small, large = [], []
        if labels:
            at = self.icons.placement(labels)
            rows = [{"glyph": self.glyph_row[l["glyph"]]} for l in labels]
            small.append(self.icons.composed(masks_of(self.icons.bank.masks, labels), at)[0])
            large.append(self.icons.composed(masks_of(self.glyphs, rows), at, SIDE)[0])
        captions = [self.icons.caption(l)[0] for l in labels]
        if few:
            labels = [self.emoji.labels() for _ in range(few)]
            at = self.emoji.placement(labels)
            small.append(self.emoji.composed(np.stack([self.emoji.bank.rgba[l["glyph"]] for l in labels]), at)[0])
            large.append(self.emoji.composed(np.stack([self.emoji_rgba[self.emoji_row[l["glyph"]]] for l in labels]), at, SIDE)[0])
            captions += [self.emoji.caption(l)[0] for l in labels]
        return torch.cat(small), torch.cat(large), captions


class Redrawn:
    """A picture as the generator leaves it: noise of a low level is added and taken away in one pass."""

    def __init__(self, checkpoint="trunk", seed=0):
        self.model, _ = load_model(checkpoint)
        self.tokenizer = CaptionTokenizer(self.model.shape.length)
        self.random = torch.Generator().manual_seed(seed)

    @torch.no_grad()
    def __call__(self, x, captions):
        ids, mask = self.tokenizer(captions)
        sigma = 0.05 + 0.3 * torch.rand(len(x), generator=self.random)
        level = sigma[:, None, None, None]
        z = (1 - level) * x + level * torch.randn(x.shape, generator=self.random)
        with torch.autocast("cpu", torch.bfloat16):
            text, pooled = self.model.generative(ids, mask), self.model.contrastive(ids, mask).float()
            return self.model.generator(z, 1000 * sigma, text, pooled, bias_of(mask)).float().clamp(-1, 1)


def cut(small, large, rng, side=S // 2):
    """The same window out of all pictures of a batch: a window teaches nearly as much as the whole, in a quarter of the time."""
    y, x = rng.integers(0, S - side + 1, 2)
    return small[:, :, y : y + side, x : x + side], large[:, :, 2 * y : 2 * (y + side), 2 * x : 2 * (x + side)]


def train(args):
    torch.manual_seed(0)
    net = Upscaler().to(memory_format=torch.channels_last)
    average = Upscaler().requires_grad_(False)
    optimizer = torch.optim.AdamW(net.parameters(), lr=args.lr, betas=(0.9, 0.98), weight_decay=0)
    state = SimpleNamespace(step=0, seconds=0.0)
    if CHECKPOINT.exists():
        saved = torch.load(CHECKPOINT, weights_only=True)
        net.load_state_dict(saved["net"]), average.load_state_dict(saved["average"]), optimizer.load_state_dict(saved["optimizer"])
        state = SimpleNamespace(step=saved["step"], seconds=saved["seconds"])
    pairs, redrawn = Pairs("train", seed=state.step), Redrawn(seed=state.step)
    base, start, next_look, total, count = state.seconds, time.time(), time.time() + 60, 0.0, 0
    while state.seconds < 60 * args.minutes:
        small, large, captions = pairs.batch(args.batch)
        few = int(args.batch * DRAWN_SHARE)
        small = torch.cat([redrawn(small[:few], captions[:few]), small[few:]])
        left = 1 - state.seconds / (60 * args.minutes)
        for group in optimizer.param_groups:
            group["lr"] = args.lr * min(1.0, (state.step + 1) / 100, max(0.0, 2 * left))
        small, large = cut(small, large, pairs.rng)
        with torch.autocast("cpu", torch.bfloat16):
            drawn = net(small.contiguous(memory_format=torch.channels_last))
        error = drawn.float() - large
        loss = ((error.square() + SOFT**2).sqrt() - SOFT).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        torch._foreach_lerp_(list(average.parameters()), list(net.parameters()), max(0.002, 1 / (state.step + 1)))
        state.step, state.seconds = state.step + 1, base + time.time() - start
        total, count = total + loss.item(), count + 1
        if time.time() > next_look or state.seconds >= 60 * args.minutes:
            torch.save({"net": net.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict(), **vars(state)}, CHECKPOINT.with_suffix(".tmp"))
            os.replace(CHECKPOINT.with_suffix(".tmp"), CHECKPOINT)
            print(f"{state.seconds / 60:.1f} min, step {state.step}, loss {total / count:.5f}, {count * args.batch / 60:.0f} pictures/s", flush=True)
            next_look, total, count = time.time() + 60, 0.0, 0


def trained():
    net = Upscaler()
    net.load_state_dict(torch.load(CHECKPOINT, weights_only=True)["average"])
    return net.eval().requires_grad_(False)


def psnr(x, want):
    """Decibels of each picture, of a range of 2."""
    return 10 * torch.log10(4 / (x.clamp(-1, 1) - want).square().mean((1, 2, 3)).clamp_min(1e-9))


def score(args):
    """Peak signal-to-noise ratio on pictures of sets that no part of the model has seen: as rendered, and redrawn by the generator."""
    net, pairs, redrawn = trained(), Pairs("ceiling", seed=1), Redrawn(seed=1)
    ways = {
        "nearest": lambda x: F.interpolate(x, scale_factor=2, mode="nearest"),
        "bicubic": lambda x: F.interpolate(x, scale_factor=2, mode="bicubic"),
        "upscaler": net,
    }
    figures = {}
    for _ in range(args.pictures // 50):
        small, large, captions = pairs.batch(50)
        for source, x in (("rendered", small), ("redrawn", redrawn(small, captions))):
            for name, way in ways.items():
                figures.setdefault((source, name), []).append(psnr(way(x), large))
    report = {source: {name: round(float(torch.cat(figures[source, name]).mean()), 2) for name in ways} for source in ("rendered", "redrawn")}
    print(json.dumps({"pictures": args.pictures // 50 * 50, "psnr": report}, indent=1))
    (WORK / "run" / "upscaler.json").write_text(json.dumps({"pictures": args.pictures // 50 * 50, **report}))


def export():
    net = trained()
    export_onnx.upscaler(net, MODEL / "upscaler" / "model.onnx")
    write_json(MODEL / "upscaler" / "config.json", {"sample_size": SIDE, "scaling_factor": 1.0})
    index = json.loads((MODEL / "model_index.json").read_text())
    write_json(MODEL / "model_index.json", {**index, "upscaler": ["easel", "IconUpscaler"]})
    net.load_state_dict({k: v.half().float() if v.ndim >= 2 else v for k, v in net.state_dict().items()})
    x = Pairs("ceiling", seed=2).batch(3)[0]
    close("upscaler", session("upscaler").run(None, {"sample": x.numpy()})[0], net(x))
    print(f"{(MODEL / 'upscaler' / 'model.onnx').stat().st_size} bytes")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=20, help="in all, sessions before this one included")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--score", action="store_true")
    parser.add_argument("--pictures", type=int, default=1000, help="that --score measures on")
    parser.add_argument("--export", action="store_true")
    args = parser.parse_args()
    if args.score:
        score(args)
    elif args.export:
        export()
    else:
        train(args)


if __name__ == "__main__":
    main()

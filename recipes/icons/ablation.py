"""Method 2's ablation: one text encoder for both embeddings, two of their own, or a frozen contrastive one.

    python ablation.py              9 runs, about an hour; $EASEL_TRAIN/ablation/results.json; a run that is there is not run again
    python ablation.py --table      ablation.md again from these results, and a copy of them beside it (written after every run)

| arm | the generator's tokens come from | the pooled vector comes from |
| dual | an encoder that only the generator's loss trains | an encoder that only the contrastive loss trains |
| shared | one encoder | the same one; both losses train it |
| frozen | an encoder that was trained by the contrastive loss first and then stands still, and a linear map | the same one |

Text parameters are equal in number within 1 %. The text side starts anew in every arm and seed; generator, ink heads, image
tower and logit scale start from the committed trunk, so that a short run shows something: what is measured is how soon the
text side makes them draw. Pictures, captions, noise and order are the same in all arms of a seed.
"""
import argparse
import json
import os
import shutil
import time
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from torch import nn

from conditioning import Rows
from data import Pictures, taught_bank
from losses import ContrastiveLoss, GeneratorLoss, sample_sigma
from model import EOS, IconModel, Shape, TextTrunk, unit
from muon import Muon
from paths import RECIPE, WORK
from probe import Probe
from publish_checkpoint import FILE
from tokens import CaptionTokenizer
from train import LENGTH, parameter_groups

ARMS = ("dual", "shared", "frozen")
RESULTS = WORK / "ablation" / "results.json"
START = WORK / "ablation" / "trunk.safetensors"  # a copy: the committed trunk may go on between two runs
TOP = 200  # concepts: what the trunk knew when this was measured
BATCH = 64
WARMUP = 20


class OneEncoder(nn.Module):
    """One trunk for both embeddings, as large as the two encoders together."""

    def __init__(self, s: Shape, frozen):
        super().__init__()
        self.frozen = frozen
        self.trunk = TextTrunk(s.vocabulary, s.length, 320, 2, 5)
        self.to_tokens = nn.Linear(320, s.text_width)
        self.projection = nn.Linear(320, s.embedding, bias=False)

    def tokens(self, ids, mask):
        h = self.trunk(ids, mask)
        return self.to_tokens(h.detach() if self.frozen else h) * mask[..., None].to(h.dtype)

    def pooled(self, ids, mask):
        content = (mask * (ids > EOS).to(mask.dtype)).float()
        h = self.trunk(ids, mask).float()
        mean = (h * content[..., None]).sum(1) / content.sum(1, keepdim=True).clamp_min(1)
        return unit(self.projection(mean).float()) * content.amax(1, keepdim=True)


class View(nn.Module):
    """One of an encoder's two embeddings, where the model expects an encoder."""

    def __init__(self, encoder, name):
        super().__init__()
        self.encoder, self.name = encoder, name

    def forward(self, ids, mask):
        return getattr(self.encoder, self.name)(ids, mask)


def build(arm, seed):
    torch.manual_seed(seed)
    shape = Shape()
    model = IconModel(shape).to(memory_format=torch.channels_last)
    with safe_open(START, "pt") as f:
        kept = {k: f.get_tensor(k).float() for k in f.keys() if k.split(".")[0] in ("generator", "ink", "tower", "logit_scale")}
    model.load_state_dict(kept, strict=False)
    if arm != "dual":
        encoder = OneEncoder(shape, arm == "frozen")
        nn.init.normal_(encoder.trunk.token_embedding.weight, std=0.3)
        model.generative, model.contrastive = View(encoder, "tokens"), View(encoder, "pooled")
    return model


def text_parameters(model):
    return sum(p.numel() for p in {*model.generative.parameters(), *model.contrastive.parameters()})


class Run:
    def __init__(self, arm, seed, pictures, bank, tokenizer):
        self.arm, self.seed, self.steps, self.bank, self.tokenizer = arm, seed, pictures // BATCH, bank, tokenizer
        self.model, self.rows = build(arm, seed), Rows(BATCH)
        self.noise = torch.Generator().manual_seed(seed)
        muon, tables, rest = parameter_groups(self.model)
        self.optimizers = [Muon(muon, lr=4e-3), torch.optim.AdamW([dict(params=tables, lr=2e-3), dict(params=rest, lr=1.5e-3)], betas=(0.9, 0.98), weight_decay=0.01, fused=True)]
        self.base = [[g["lr"] for g in o.param_groups] for o in self.optimizers]
        self.generate, self.contrast = GeneratorLoss(self.model), ContrastiveLoss(self.model)

    def train(self):
        if self.arm == "frozen":
            self.phase(2000 + self.seed, contrastive=True, generator=False)
            encoder = self.model.contrastive.encoder
            for p in [*encoder.trunk.parameters(), *encoder.projection.parameters()]:
                p.requires_grad_(False)
        self.phase(1000 + self.seed, contrastive=self.arm != "frozen", generator=True)

    def phase(self, seed, **which):
        self.data = Pictures(self.bank, seed)
        torch.manual_seed(seed)  # the noise levels; building the arms took unequal parts of the stream
        for step in range(self.steps):
            self.step(step, **which)

    def step(self, step, contrastive, generator):
        rate = min(1, (step + 1) / WARMUP, 4 * (1 - step / self.steps))
        for optimizer, bases in zip(self.optimizers, self.base):
            for group, base in zip(optimizer.param_groups, bases):
                group["lr"] = base * rate
        rows, model = self.rows, self.model
        batch = self.data.batch(BATCH, rows.others, BATCH)
        ids, mask = self.tokenizer(batch.captions)
        x = batch.pictures
        with torch.autocast("cpu", torch.bfloat16):
            if contrastive:
                self.contrast(ids, mask, x, batch.truth)[0].backward()
            if generator:
                with torch.no_grad():
                    text = model.contrastive(ids[rows.text], mask[rows.text])
                    images = model.tower(torch.cat([x[rows.own], batch.others]))
                    own, other = images.split([len(images) - rows.others, rows.others])
                empty = self.tokenizer([""])
                ids, mask = (torch.where(rows.null_tokens[:, None], e, t) for e, t in zip(empty, (ids, mask)))
                extra = self.tokenizer(batch.extra_captions)
                sigma = sample_sigma(BATCH)
                s = sigma[:, None, None, None]
                noisy = (1 - s) * x + s * torch.randn(x.shape, generator=self.noise)
                self.generate(torch.cat([ids, extra[0]]), torch.cat([mask, extra[1]]), noisy, sigma, rows.pooled(text, own, other), x, batch.ink)[0].backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0, foreach=True)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    @torch.no_grad()
    def measure(self, probe):
        model = self.model.eval()
        print(probe(model), flush=True)
        pictures = Pictures(self.bank, 77)
        labels = [pictures.labels() for _ in range(400)]
        text = self.tokenizer([pictures.caption(l, template="plain", complete=True)[0] for l in labels])
        similar = (model.contrastive(*text) @ model.tower(pictures.draw(labels)).T).view(4, 100, 4, 100)
        right = torch.stack([similar[i, :, i].argmax(1) == torch.arange(100) for i in range(4)])
        gap = lambda name: sum(g for _, g in probe.result[name]) / len(probe.result[name])
        return {"gap": gap("gaps"), "gap with pooled": gap("gaps with pooled"), "moved": probe.result["moved"], "own picture among 100": right.float().mean().item()}


MEASURES = {"gap": "swapped-concept gap, pooled null", "gap with pooled": "with pooled", "moved": "word moves picture, null ÷ present", "own picture among 100": "caption finds its picture among 100"}
T95 = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78}  # Student's t, two-sided 95 %, by number of seeds


def interval(values):
    """Mean and 95 % interval over seeds; what every seed gave, where there are fewer than two."""
    values = np.array(values)
    if len(values) not in T95:
        return " · ".join(f"{v:.3f}" for v in values)
    half = T95[len(values)] * values.std(ddof=1) / len(values) ** 0.5
    return f"{values.mean():.3f} [{values.mean() - half:.3f}, {values.mean() + half:.3f}]"


def table(results):
    by = {(r["arm"], r["seed"]): r for r in results}
    seeds = {arm: sorted(s for a, s in by if a == arm) for arm in ARMS}
    lines = ["| arm | seeds | text parameters | " + " | ".join(MEASURES.values()) + " |", "|---" * (3 + len(MEASURES)) + "|"]
    for arm in ARMS:
        if seeds[arm]:
            cells = [interval([by[arm, s][m] for s in seeds[arm]]) for m in MEASURES]
            lines.append(f"| {arm} | {len(seeds[arm])} | {by[arm, seeds[arm][0]]['text parameters'] / 1e6:.2f}M | " + " | ".join(cells) + " |")
    for arm in ARMS[1:]:
        both = sorted(set(seeds[arm]) & set(seeds["dual"]))
        if both:
            cells = [interval([by[arm, s][m] - by["dual", s][m] for s in both]) for m in MEASURES]
            lines.append(f"| {arm} − dual, seed by seed | {len(both)} | | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def report(results, pictures, wanted):
    done = "" if len(results) == wanted else f"**Partial: {len(results)} of {wanted} runs.** The same command goes on where it stopped.\n\n"
    with safe_open(START, "pt") as f:
        start = json.loads(f.metadata()["about"])["pictures"]
    return f"""# One text encoder, two, or a frozen contrastive one

{done}{pictures:,} pictures per run from the trunk of {start:,} pictures, the text side new; mean over seeds with 95 % intervals (Student's t).
The gap is the growth of the error when the caption's concept is replaced, mean over four noise levels, on 256 pictures.
Runs of one seed saw the same pictures, captions and noise. Made by `recipes/icons/ablation.py`, which says what the arms are.

{table(results)}
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=int, default=12800)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--out", default=str(RECIPE / "ablation.md"))
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    if not START.exists():
        shutil.copyfile(FILE, START)
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    mine = lambda: [r for r in kept if r["pictures"] == args.pictures and r["seed"] < args.seeds]

    def write():
        Path(args.out).write_text(report(mine(), args.pictures, args.seeds * len(ARMS)))
        Path(args.out).with_suffix(".json").write_text(json.dumps(mine(), indent=1) + "\n")

    todo = [] if args.table else [(arm, seed) for seed in range(args.seeds) for arm in ARMS if not any((r["arm"], r["seed"]) == (arm, seed) for r in mine())]
    if todo:
        tokenizer, bank = CaptionTokenizer(LENGTH), taught_bank(TOP)
        probe = Probe(bank, tokenizer, n=256, seed=21)
    for arm, seed in todo:
        started = time.time()
        run = Run(arm, seed, args.pictures, bank, tokenizer)
        run.train()
        kept.append({"arm": arm, "seed": seed, "pictures": args.pictures, "text parameters": text_parameters(run.model), **run.measure(probe), "seconds": round(time.time() - started)})
        RESULTS.with_suffix(".tmp").write_text(json.dumps(kept, indent=1))
        os.replace(RESULTS.with_suffix(".tmp"), RESULTS)
        print(kept[-1], flush=True)
        write()
    if mine():
        write()
        print(table(mine()))


if __name__ == "__main__":
    main()

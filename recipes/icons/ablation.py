"""Method 2's ablation: one text encoder for both embeddings, two of their own, or a frozen contrastive one.

    python ablation.py --pictures 12800 --seeds 3        results: $EASEL_TRAIN/ablation/results.json; a run that is there is not run again
    python ablation.py --table                           the table from these results

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
import time

import torch
from safetensors import safe_open
from torch import nn

from conditioning import Rows
from data import Bank, Pictures
from losses import ContrastiveLoss, GeneratorLoss, sample_sigma
from model import EOS, IconModel, Shape, TextTrunk, unit
from muon import Muon
from paths import WORK
from probe import Probe
from publish_checkpoint import FILE
from tokens import CaptionTokenizer
from train import LENGTH, parameter_groups

ARMS = ("dual", "shared", "frozen")
RESULTS = WORK / "ablation" / "results.json"
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
    with safe_open(FILE, "pt") as f:
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
        right = torch.stack([similar[i, :, i].argmax(0) == torch.arange(100) for i in range(4)])
        gap = lambda name: sum(g for _, g in probe.result[name]) / len(probe.result[name])
        return {"gap": gap("gaps"), "gap with pooled": gap("gaps with pooled"), "moved": probe.result["moved"], "own picture among 100": right.float().mean().item()}


def table(results):
    lines = ["| arm | text parameters | swapped-concept gap, pooled null | with pooled | word moves picture, null ÷ present | caption finds its picture among 100 |", "|---|---|---|---|---|---|"]
    for arm in ARMS:
        runs = [r for r in results if r["arm"] == arm]
        if runs:
            cell = lambda key, scale=1, unit_="": " · ".join(f"{scale * r[key]:.{0 if scale > 1 else 2}f}{unit_}" for r in runs)
            lines.append(f"| {arm} | {runs[0]['text parameters'] / 1e6:.2f}M | {cell('gap', 100, ' %')} | {cell('gap with pooled', 100, ' %')} | {cell('moved')} | {cell('own picture among 100')} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=int, default=12800)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--table", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(2)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    if not args.table:
        tokenizer, bank = CaptionTokenizer(LENGTH), Bank(200)
        probe = Probe(bank, tokenizer, n=256, seed=21)
        for seed in range(args.seeds):
            for arm in ARMS:
                if any((r["arm"], r["seed"], r["pictures"]) == (arm, seed, args.pictures) for r in results):
                    continue
                started = time.time()
                run = Run(arm, seed, args.pictures, bank, tokenizer)
                run.train()
                results.append({"arm": arm, "seed": seed, "pictures": args.pictures, "text parameters": text_parameters(run.model), **run.measure(probe), "seconds": round(time.time() - started)})
                RESULTS.write_text(json.dumps(results, indent=1))
                print(results[-1], flush=True)
    print(table(results))


if __name__ == "__main__":
    main()

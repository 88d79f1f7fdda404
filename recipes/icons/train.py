"""Trains the icon model. One run, resumable: `train.py --minutes 60` goes on where the checkpoint ended.

The learning rate stays constant (after a warm-up), so that the run can always be continued; what is shipped is a
branch: `train.py --branch decay --minutes 12` starts from the same checkpoint, lowers the rate to zero with the
contrastive half frozen, and saves beside it. Checkpoints are written under a temporary name and renamed.
"""
import argparse
import math
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

import torch

import sampling
from conditioning import Rows
from data import Pictures, taught_bank, wide_bank
from emoji import EmojiBank
from losses import ContrastiveLoss, GeneratorLoss, sample_sigma
from model import IconModel, Shape
from muon import Muon
from paths import CONCEPTS, WORK
from probe import Probe
from tokens import CaptionTokenizer

LENGTH = 22  # tokens in training; 99 % of the captions have at most 20


def parameter_groups(model):
    """Hidden matrices and inner convolutions for Muon; token tables; the rest."""
    muon, tables, rest = [], [], []
    for name, p in model.named_parameters():
        last = name.split(".")[-2] if "." in name else name
        if "token_embedding" in name:
            tables.append(p)
        elif p.ndim >= 2 and "position" not in name and "table" not in name and last not in (
            "modulation", "fine_modulation", "fine_out", "stem", "query", "time_in", "projection", "fine_conv", "fine_in", "from_text", "from_tokens"):
            muon.append(p)
        else:
            rest.append(p)
    return muon, tables, rest


class Trainer:
    def __init__(self, args):
        self.args = args
        self.folder = WORK / "run"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.trunk = self.folder / "trunk.pt"
        self.target = self.folder / f"{args.branch}.pt" if args.branch else self.trunk
        torch.manual_seed(0)
        self.model = IconModel(Shape()).to(memory_format=torch.channels_last)
        self.ema = IconModel(Shape()).to(memory_format=torch.channels_last).requires_grad_(False)
        self.ema.load_state_dict(self.model.state_dict())
        muon, tables, rest = parameter_groups(self.model)
        own = {id(p) for m in (self.model.contrastive, self.model.tower) for p in m.parameters()} | {id(self.model.logit_scale)}
        contrast = lambda ps: [p for p in ps if id(p) in own]
        generate = lambda ps: [p for p in ps if id(p) not in own]
        self.optimizers, self.rates = {}, []
        for half, pick, scale in (("generate", generate, 1.0), ("contrast", contrast, 0.5)):
            # Groups keep their own base rate; the schedule multiplies it.
            m = Muon(pick(muon), lr=args.muon_lr * scale)
            a = torch.optim.AdamW([dict(params=pick(tables), lr=2e-3 * scale), dict(params=pick(rest), lr=args.lr * scale)], betas=(0.9, 0.98), weight_decay=0.01, fused=True)
            self.optimizers[half] = (m, a)
            self.rates += [(g, g["lr"]) for o in (m, a) for g in o.param_groups]
        self.step = self.pictures_seen = 0
        self.keywords_since = None  # pictures seen when captions began to use words.py's keywords
        self.frozen_since = None  # pictures seen when encoder C and tower were frozen for good
        self.seconds = 0.0
        self.resume()
        self.first_step = self.step
        self.keywords_since = self.pictures_seen if self.keywords_since is None else self.keywords_since

    def resume(self):
        source = self.target if self.target.exists() else self.trunk
        if not source.exists():
            return
        saved = torch.load(source, weights_only=True)
        # Another number of blocks: what fits is kept, new blocks start as identities, moments start anew.
        same = saved["shape"] == asdict(self.model.shape) and saved["model"].keys() == self.model.state_dict().keys()
        self.model.load_state_dict(saved["model"], strict=same)
        self.ema.load_state_dict(saved["ema"], strict=same)
        if not same:
            saved.pop("optimizers", None)
        for half, states in saved.get("optimizers", {}).items():
            for optimizer, state in zip(self.optimizers[half], states):
                optimizer.load_state_dict(state)
        self.rates = [(g, base) for (_, base), g in zip(self.rates, [g for h in self.optimizers.values() for o in h for g in o.param_groups])]
        self.step, self.pictures_seen, self.seconds = saved["step"], saved["pictures"], saved["seconds"]
        self.keywords_since = saved.get("keywords_since")
        # Another vocabulary is new to encoder C and tower too: they learn again until they are told to stand still.
        self.frozen_since = saved.get("frozen_since") if saved.get("top") == self.args.top else None
        print(f"resumed {source.name} at step {self.step}, {self.pictures_seen} pictures, {self.seconds / 3600:.2f} h", flush=True)

    def save(self):
        temporary = self.target.with_suffix(".tmp")
        torch.save(dict(
            model=self.model.state_dict(), ema=self.ema.state_dict(), shape=asdict(self.model.shape), step=self.step,
            pictures=self.pictures_seen, seconds=self.seconds, top=self.args.top, keywords_since=self.keywords_since, frozen_since=self.frozen_since,
            optimizers={h: [o.state_dict() for o in os_] for h, os_ in self.optimizers.items()},
        ), temporary)
        os.replace(temporary, self.target)

    def set_rate(self, elapsed):
        rate = min(1.0, (self.step - self.first_step + 1) / self.args.warmup)
        if self.args.branch:
            rate = max(0.0, 1 - elapsed / (60 * self.args.minutes))
        for group, base in self.rates:
            group["lr"] = base * rate

    def run(self):
        args = self.args
        tokenizer = CaptionTokenizer(LENGTH)
        bank = taught_bank(args.top)
        if args.favour:
            first, share = args.favour.split(":")
            bank.favour(int(first), float(share))
        wide = wide_bank(bank, args.wide) if args.wide else None
        pictures = Pictures(bank, seed=self.step + 1, wide=wide, emoji=(EmojiBank(), args.emoji) if args.emoji else None)
        probe = Probe(bank, tokenizer)
        rows = Rows(args.batch)
        print(f"{len(bank.ids)} concepts, {sum(map(len, bank.by_concept.values()))} glyphs, {sum(p.numel() for p in self.model.parameters()) / 1e6:.2f}M parameters", flush=True)

        def produce():
            batch = pictures.batch(args.batch, rows.others, args.extra_captions)
            return batch, tokenizer(batch.captions), tokenizer(batch.extra_captions)

        generator_loss, contrastive_loss = GeneratorLoss(self.model), ContrastiveLoss(self.model)
        generate = generator_loss if args.eager else torch.compile(generator_loss, dynamic=False)
        contrast = contrastive_loss if args.eager else torch.compile(contrastive_loss, dynamic=False)
        empty_ids, empty_mask = tokenizer([""])
        sheet_text = CaptionTokenizer(LENGTH)(sampling.SHEET)
        pool = ThreadPoolExecutor(1)
        waiting = [pool.submit(produce) for _ in range(3)]
        start = last = time.time()
        last_step = self.step
        base_seconds = self.seconds
        sums, count = [0.0] * 4, [0, 0]
        next_save, next_sheet = start + 120, start + 420
        while True:
            elapsed = time.time() - start
            if elapsed > 60 * args.minutes:
                break
            self.set_rate(elapsed)
            batch, (ids, mask), extra = waiting.pop(0).result()
            waiting.append(pool.submit(produce))
            x = batch.pictures
            if self.frozen_since is None and (args.branch or self.pictures_seen >= args.freeze_contrastive_at):
                self.frozen_since = self.pictures_seen
            with torch.autocast("cpu", torch.bfloat16):
                if self.frozen_since is None and self.step % args.contrast_every == 0:
                    loss, text, image = contrast(ids, mask, x, batch.truth)
                    text, own = text[rows.text], image[rows.own]
                    with torch.no_grad():
                        other = self.model.tower(batch.others)
                else:
                    loss = None
                    with torch.no_grad():
                        text = self.model.contrastive(ids[rows.text], mask[rows.text])
                        images = self.model.tower(torch.cat([x[rows.own], batch.others]))
                        own, other = images.split([len(images) - rows.others, rows.others])
            if loss is not None:
                loss.backward()
                self.update("contrast")
                sums[1] += loss.item()
                count[1] += 1
            ids = torch.where(rows.null_tokens[:, None], empty_ids, ids)
            mask = torch.where(rows.null_tokens[:, None], empty_mask, mask)
            sigma = sample_sigma(args.batch)
            s = sigma[:, None, None, None]
            noisy = (1 - s) * x + s * torch.randn_like(x)
            with torch.autocast("cpu", torch.bfloat16):
                ids, mask = torch.cat([ids, extra[0]]), torch.cat([mask, extra[1]])
                loss, picture, said, drawn = generate(ids, mask, noisy, sigma, rows.pooled(text, own, other), x, batch.ink)
            loss.backward()
            self.update("generate")
            for i, value in ((0, picture), (2, said), (3, drawn)):
                sums[i] += value.item()
            count[0] += 1
            self.step += 1
            self.pictures_seen += args.batch
            self.seconds = base_seconds + time.time() - start
            if self.step % 2 == 0:
                self.average()
            if self.step % 50 == 0:
                now = time.time()
                print(f"step {self.step} pictures {self.pictures_seen} loss {sums[0] / count[0]:.4f} ink {sums[2] / count[0]:.4f} {sums[3] / count[0]:.4f} contrastive {sums[1] / max(1, count[1]):.3f} "
                      f"{(self.step - last_step) * args.batch / (now - last):.0f}/s {time.strftime('%H:%M:%S', time.gmtime())}", flush=True)
                sums, count, last, last_step = [0.0] * 4, [0, 0], now, self.step
                if not math.isfinite(loss.item()):
                    raise SystemExit("loss is not finite; the last checkpoint stands")
            if time.time() > next_save:
                print(probe(self.ema), flush=True)
                self.save()
                next_save = time.time() + 240
            if time.time() > next_sheet:
                sampling.sheet(sampling.sample(self.ema, *sheet_text), 8, self.folder / f"sheet-{self.pictures_seen:08d}.png")
                next_sheet = time.time() + 600
        print(probe(self.ema), flush=True)
        self.save()
        sampling.sheet(sampling.sample(self.ema, *sheet_text), 8, self.folder / f"sheet-{self.target.stem}.png")
        print("done", flush=True)

    def update(self, half):
        params = [p for o in self.optimizers[half] for g in o.param_groups for p in g["params"]]
        torch.nn.utils.clip_grad_norm_(params, 1.0, foreach=True)
        for optimizer in self.optimizers[half]:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    def average(self):
        """Exponential average (shorter at the start and in the decaying branch)."""
        horizon = 100 if self.args.branch else self.args.average_steps
        decay = min(1 - 2 / horizon, (self.step + 1) / (self.step + 20))
        torch._foreach_lerp_(list(self.ema.parameters()), list(self.model.parameters()), 1 - decay)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--top", type=int, default=CONCEPTS, help="most drawn concepts to train on")
    parser.add_argument("--favour", metavar="FIRST:SHARE", help="e.g. 200:0.75: concepts from number 200 on are three quarters of the pictures, until they have caught up")
    parser.add_argument("--emoji", type=float, default=0, metavar="SHARE", help="of the pictures that are colour emoji, the second domain")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--extra-captions", type=int, default=64, help="captions a step that train the way from words to ink alone")
    parser.add_argument("--wide", type=int, default=10**9, help="concepts from which half of the captions without picture come; 0: the known ones only")
    parser.add_argument("--lr", type=float, default=1.5e-3)
    parser.add_argument("--muon-lr", type=float, default=4e-3)
    parser.add_argument("--contrast-every", type=int, default=4, help="steps between two steps of the contrastive half")
    parser.add_argument("--average-steps", type=int, default=300, help="horizon of the weights' exponential average")
    parser.add_argument("--warmup", type=int, default=60)
    parser.add_argument("--freeze-contrastive-at", type=float, default=1e12, help="pictures seen from which encoder C and tower stand still; kept in the checkpoint, so that it need not be given again")
    parser.add_argument("--branch", help="name of a branch that decays to zero instead of going on")
    parser.add_argument("--eager", action="store_true", help="no torch.compile (saves two minutes, costs a third of the speed)")
    args = parser.parse_args()
    torch.set_num_threads(2)
    Trainer(args).run()

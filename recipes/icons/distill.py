"""Teaches few steps what twenty steps with guidance draw: a low-rank adapter, learnt from the teacher's trajectories.

python distill.py --minutes 40           goes on where $EASEL_TRAIN/distill/few-step.pt ended; trajectories.py makes what it learns from
python distill.py --start FILE ...       the first time, begins from another generator's adapter: a sibling's is nearly right
python distill.py --export FILE          writes the adapter in Easel's format and stops

The student walks the shipped scheduler's few steps from the teacher's noise, without guidance. From wherever its own last
step has led it, each step is asked to arrive where the teacher was at that noise level: drift is met in training, not only
in use (imitation on the learner's own states: Ross et al. 2011, 1011.0686; guided teachers and fewer steps: Meng et al. 2022,
2210.03142). One network pass a step in training as in drawing, and no further pass of the teacher.
"""
import argparse
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from torch import nn

from checkpoint import load_model
from lora import Adapted, Lora
from model import SIGMA_FLOOR, bias_of
from paths import RECIPE
from sampling import sigmas
from trajectories import FOLDER, Trajectories

sys.path.append(str(RECIPE.parent / "judge"))
from score import Scorer, to_uint8  # noqa: E402

HELD_OUT = 256   # drawings that only measure
PASSES = 2       # steps of the student between two of the optimizer
SOFT = 0.1       # errors above this (of a range of 2) count linearly: a mean of two drawings is no drawing
CHECKPOINT = FOLDER / "few-step.pt"


def held_out(bank):
    """The rows that measure: the first ones of icons, whose the scorer is. Those behind them teach."""
    return [row for row, labels in enumerate(bank.labels) if "fg" in labels][:HELD_OUT]


class Step(nn.Module):
    """One step of the student: (loss, predicted picture). The loss is on the picture that would lead exactly to `arrival`."""

    def __init__(self, student):
        super().__init__()
        self.student = student

    def forward(self, z, sigma, following, arrival, text, pooled, bias):
        picture = self.student(z, (1000 * sigma).expand(len(z)), text, pooled, bias).float()
        wanted = z - (arrival - z) / (following - sigma) * sigma.clamp_min(SIGMA_FLOOR)
        loss = ((picture - wanted).square().mean(1) + SOFT**2).sqrt() - SOFT
        return loss.mean(), picture.detach()


class Distillation:
    def __init__(self, args):
        self.args = args
        self.model, self.about = load_model("decay")
        torch.manual_seed(0)
        generator = self.model.generator.to(memory_format=torch.channels_last)
        self.lora, self.average = Lora(generator, args.rank), Lora(generator, args.rank).requires_grad_(False)
        if args.start:
            self.lora.load(args.start)
        self.average.load_state_dict(self.lora.state_dict())
        self.optimizer = torch.optim.AdamW(self.lora.parameters(), lr=args.lr, betas=(0.9, 0.98), weight_decay=0, fused=True)
        self.step, self.seconds = 0, 0.0
        self.levels = torch.tensor(sigmas(args.steps))
        self.student, self.averaged = Adapted(generator, self.lora), Adapted(generator, self.average)
        if CHECKPOINT.exists():
            saved = torch.load(CHECKPOINT, weights_only=True)
            if (saved["steps"], saved["rank"]) != (args.steps, args.rank):
                raise SystemExit(f"{CHECKPOINT} is of {saved['steps']} steps and rank {saved['rank']}; move it away or ask for the same")
            for part in ("lora", "average", "optimizer"):
                getattr(self, part).load_state_dict(saved[part])
            self.step, self.seconds = saved["step"], saved["seconds"]

    def save(self):
        parts = {p: getattr(self, p).state_dict() for p in ("lora", "average", "optimizer")}
        torch.save({**parts, "steps": self.args.steps, "rank": self.args.rank, "step": self.step, "seconds": self.seconds}, CHECKPOINT.with_suffix(".tmp"))
        os.replace(CHECKPOINT.with_suffix(".tmp"), CHECKPOINT)

    def text(self, ids, mask, with_pooled):
        with torch.no_grad():
            return self.model.generative(ids, mask), self.model.contrastive(ids, mask).float() * with_pooled[:, None], bias_of(mask)

    def rate(self):
        """Constant, then linearly to zero over the last half of the planned time."""
        left = 1 - self.seconds / (60 * self.args.minutes)
        return self.args.lr * min(1.0, (self.step + 1) / 50, max(0.0, 2 * left))

    def run(self):
        args, levels = self.args, self.levels
        bank = Trajectories()
        measuring = held_out(bank)
        first = measuring[-1] + 1
        self.held_out = bank.batch(measuring, args.steps), [bank.labels[row] for row in measuring]
        step = Step(self.student)
        step = step if args.eager else torch.compile(step, dynamic=False)
        scorer = Scorer()
        states = self.held_out[0][0]
        print(f"{len(bank)} drawings; teacher itself: {self.marks(scorer, states[:, -1])}", flush=True)
        print(f"at {self.seconds / 60:.1f} min: {self.measured(scorer)}", flush=True)
        random = torch.Generator().manual_seed(self.step)
        pool = ThreadPoolExecutor(1)
        draw = lambda: bank.batch((first + torch.randint(len(bank) - first, (args.batch,), generator=random)).tolist(), args.steps)
        waiting = pool.submit(draw)
        next_look, next_print, base, start = time.time() + 240, time.time() + 60, self.seconds, time.time()
        sums, done = torch.zeros(args.steps), 0
        while self.seconds < 60 * args.minutes:
            states, *asked = waiting.result()
            waiting = pool.submit(draw)
            with torch.autocast("cpu", torch.bfloat16):
                text, pooled, bias = self.text(*asked)
                z = states[:, 0]
                for i in range(args.steps):
                    loss, picture = step(z, levels[i], levels[i + 1], states[:, i + 1], text, pooled, bias)
                    loss.backward()
                    sums[i] += loss.detach()
                    z = z + (levels[i + 1] - levels[i]) * (z - picture) / levels[i].clamp_min(SIGMA_FLOOR)
                    if (i + 1) % PASSES == 0 or i + 1 == args.steps:
                        self.update()
            done += 1
            self.seconds = base + time.time() - start
            if time.time() > next_print:
                print(f"step {self.step} loss {' '.join(f'{v:.4f}' for v in sums / done)} {done * args.batch / (time.time() - next_print + 60):.0f} drawings/s {time.strftime('%H:%M:%S', time.gmtime())}", flush=True)
                sums, done, next_print = torch.zeros(args.steps), 0, time.time() + 60
            if time.time() > next_look:
                self.save()
                bank.refresh()
                print(f"at {self.seconds / 60:.1f} min, step {self.step}, of {len(bank)}: {self.measured(scorer)}", flush=True)
                next_look = time.time() + 240
        self.save()
        print(f"done, step {self.step}: {self.measured(scorer)}", flush=True)

    def update(self):
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate()
        nn.utils.clip_grad_norm_(self.lora.parameters(), 1.0, foreach=True)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        torch._foreach_lerp_(list(self.average.parameters()), list(self.lora.parameters()), max(0.01, 1 / self.step))

    @torch.no_grad()
    def drawn(self, noise, *asked):
        text = self.text(*asked)
        z, n = noise, len(noise)
        with torch.autocast("cpu", torch.bfloat16):
            for sigma, following in zip(self.levels, self.levels[1:]):
                x = self.averaged(z, (1000 * sigma).expand(n), *text).float()
                z = z + (following - sigma) * (z - x) / sigma.clamp_min(SIGMA_FLOOR)
        return z

    def measured(self, scorer):
        states, *asked = self.held_out[0]
        z = torch.cat([self.drawn(*part) for part in zip(states[:, 0].split(64), *(a.split(64) for a in asked))])
        return f"distance to the teacher's {(z - states[:, -1]).square().mean().sqrt():.4f}, {self.marks(scorer, z)}"

    def marks(self, scorer, pictures):
        marks = [scorer(to_uint8(x), l["concept"], l)[0] for x, l in zip(pictures, self.held_out[1])]
        return ", ".join(f"{k} {sum(m[k] for m in marks) / len(marks):.3f}" for k in ("canvas", "bg", "fg", "all four", "concept top-1", "concept top-5"))


def export(distillation, path, model_hash):
    args = distillation.args
    told = [json.loads(p.read_text()) for p in sorted(FOLDER.glob("*.json"))]
    bank = Trajectories()
    drawings = len(bank) - held_out(bank)[-1] - 1
    record = {
        "version": 1, "method": "lora", "name": "few-step", "model": {"id": "icon-64", "sha256": model_hash},
        "dataset": {"pictures": drawings, "captions": drawings, "fingerprint": f"trajectories of {json.dumps(told[0]['teacher'])}"},
        "steps": distillation.step, "validationLoss": None, "settings": {"steps": args.steps, "cfg": 1},
        "options": {"batch": args.batch, "rank": args.rank, "rate": args.lr, "minutes": round(distillation.seconds / 60)}, "revision": None, "easel": "recipes/icons/distill.py",
    }
    distillation.average.save(path, record)
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=40, help="in all, sessions before this one included")
    parser.add_argument("--steps", type=int, default=4, help="4, 6 or 8")
    parser.add_argument("--rank", type=int, default=32)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--eager", action="store_true")
    parser.add_argument("--start", type=Path, help="an exported adapter of the same rank to begin from")
    parser.add_argument("--export", type=Path)
    parser.add_argument("--model-hash", help="of the exported model folder, for the file's record")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    distillation = Distillation(args)
    if args.export:
        export(distillation, args.export, args.model_hash)
    else:
        distillation.run()


if __name__ == "__main__":
    main()

"""The teacher's drawings, step by step: what distill.py learns from. 20 steps with guidance, as the model is shipped.

python trajectories.py --minutes 15      adds shards to $EASEL_TRAIN/distill until the time is over

Every shard holds 128 drawings: noise, the states at the noise levels that 4, 6 or 8 steps stop at (Euler's path is straight
between the teacher's own levels, so they lie on it exactly), the picture; captions, labels, and whether the canvas came out
in the colour that was asked for. Captions name a coloured canvas always: a canvas unsaid means white, to people and here.
"""
import argparse
import json
import os
import time

import numpy as np
import torch

import palette
from checkpoint import load_model
from data import Bank, Pictures
from model import SIGMA_FLOOR, bias_of
from paths import WORK
from sampling import sigmas
from tokens import CaptionTokenizer

FOLDER = WORK / "distill"
LENGTH = 18     # tokens of a caption, as in training
SIZE = 128      # drawings of a shard
STUDENTS = (4, 6, 8)
LEVELS = sorted({round(s, 6) for n in STUDENTS for s in sigmas(n)}, reverse=True)  # 1 first, 0 last
NULL_SHARE = 0.1  # of the drawings are asked for without the pooled vector


class Teacher:
    def __init__(self, checkpoint, steps, guidance):
        self.model, self.about = load_model(checkpoint)
        self.model = self.model.to(memory_format=torch.channels_last)
        self.steps, self.guidance = steps, guidance
        self.generator = torch.compile(self.model.generator, dynamic=False)

    @torch.no_grad()
    def path(self, noise, ids, mask, with_pooled):
        """States [n, levels, 3, 64, 64] at LEVELS. with_pooled bool [n]."""
        n = len(noise)
        empty = torch.zeros_like(ids)
        empty[:, 0], empty[:, 1] = 1, 2
        both = torch.cat([ids, empty]), torch.cat([mask, (empty > 0).long()])
        pooled = self.model.contrastive(ids, mask) * with_pooled[:, None]
        pooled = torch.cat([pooled, torch.zeros_like(pooled)])
        levels = sigmas(self.steps)
        z, states = noise, torch.empty(n, len(LEVELS), *noise.shape[1:])
        states[:, 0] = noise
        with torch.autocast("cpu", torch.bfloat16):
            text, bias = self.model.generative(*both), bias_of(both[1])
            for sigma, following in zip(levels, levels[1:]):
                zz = torch.cat([z, z])
                x = self.generator(zz, torch.full((2 * n,), 1000 * sigma), text, pooled, bias).float()
                v, null = ((zz - x) / max(sigma, SIGMA_FLOOR)).chunk(2)
                v = null + self.guidance * (v - null)
                for place, level in enumerate(LEVELS):
                    if following - 1e-6 < level < sigma - 1e-6:
                        states[:, place] = z + (level - sigma) * v
                z = z + (following - sigma) * v
        return states


def captioned(pictures, n):
    """n labels with captions; half of the captions leave nothing out."""
    said = []
    while len(said) < n:
        labels = pictures.labels()
        text, stated = pictures.caption(labels, complete=len(said) % 2 == 0)
        if "canvas" in stated or labels["canvas"] == palette.WHITE:
            said.append((text, labels))
    return [t for t, _ in said], [l for _, l in said]


def canvas_of(pictures):
    """The palette colour [n] that each picture's two outermost pixels have, by their median."""
    edge = torch.ones(64, 64, dtype=torch.bool)
    edge[2:-2, 2:-2] = False
    rgb = ((pictures.clamp(-1, 1) + 1) * 127.5)[:, :, edge].median(-1).values.numpy()
    return np.linalg.norm(palette.lab(rgb)[:, None] - palette.lab(palette.RGB)[None], axis=-1).argmin(1)


class Trajectories:
    """The drawings on disk, read as needed. Those with a wrong canvas are left out."""

    def __init__(self):
        self.states, self.rows, self.ids, self.mask, self.with_pooled, self.labels, self.captions = [], [], [], [], [], [], []
        self.refresh()

    def refresh(self):
        """Takes in what has been added since."""
        for path in sorted(FOLDER.glob("*.json"))[len(self.states):]:
            told = json.loads(path.read_text())
            shard = len(self.states)
            self.states.append(np.load(path.with_suffix(".npy"), mmap_mode="r"))
            for row, right in enumerate(told["canvas right"]):
                if right:
                    self.rows.append((shard, row))
                    self.ids.append(told["ids"][row])
                    self.with_pooled.append(told["with pooled"][row])
                    self.labels.append(told["labels"][row])
                    self.captions.append(told["captions"][row])

    def __len__(self):
        return len(self.rows)

    def batch(self, which, steps):
        """(states [n, steps + 1, 3, 64, 64] at the stops of `steps` steps, ids, mask, with_pooled)."""
        stops = [LEVELS.index(round(s, 6)) for s in sigmas(steps)]
        states = np.stack([self.states[s][r][stops] for s, r in (self.rows[i] for i in which)])
        ids = torch.tensor([self.ids[i] for i in which])
        return torch.from_numpy(states.astype(np.float32)), ids, (ids > 0).long(), torch.tensor([self.with_pooled[i] for i in which])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--checkpoint", default="decay")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--guidance", type=float, default=3.0)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    FOLDER.mkdir(parents=True, exist_ok=True)
    teacher, tokenizer = Teacher(args.checkpoint, args.steps, args.guidance), CaptionTokenizer(LENGTH)
    bank = Bank(teacher.about["top"])
    end = time.time() + 60 * args.minutes
    while time.time() < end:
        shard = len(list(FOLDER.glob("*.json")))
        captions, labels = captioned(Pictures(bank, seed=1_000_000 + shard), SIZE)
        ids, mask = tokenizer(captions)
        random = torch.Generator().manual_seed(1_000_000 + shard)
        noise = torch.randn(SIZE, 3, 64, 64, generator=random)
        with_pooled = torch.rand(SIZE, generator=random) >= NULL_SHARE
        start, used = time.time(), time.process_time()
        states = torch.cat([teacher.path(*part) for part in zip(*(x.split(64) for x in (noise, ids, mask, with_pooled)))])
        right = canvas_of(states[:, -1]) == np.array([l["canvas"] for l in labels])
        told = {"teacher": {"checkpoint": args.checkpoint, "pictures": teacher.about["pictures"], "steps": args.steps, "guidance": args.guidance},
                "captions": captions, "ids": ids.tolist(), "with pooled": with_pooled.tolist(), "canvas right": right.tolist(),
                "labels": [{**{k: int(l[k]) for k in ("fg", "bg", "canvas")}, "container": l["container"], "style": "filled" if l["style"] in ("filled", "bold") else "outline", "concept": bank.concepts[l["c"]]["name"]} for l in labels]}
        np.save(FOLDER / f"{shard:04d}.npy", states.half().numpy())
        (FOLDER / "part").write_text(json.dumps(told))
        os.replace(FOLDER / "part", FOLDER / f"{shard:04d}.json")  # a shard is there when this is
        print(f"shard {shard}: canvas right {right.mean():.2f}, {SIZE / (time.time() - start):.1f} drawings/s, {1000 * (time.process_time() - used) / SIZE:.0f} ms CPU each {time.strftime('%H:%M:%S', time.gmtime())}", flush=True)


if __name__ == "__main__":
    main()

"""The teacher's drawings, step by step: what distill.py learns from. 20 steps with guidance.

python trajectories.py --minutes 15      adds shards to $EASEL_TRAIN/distill until the time is over

Every shard holds 128 drawings: noise, the states at the noise levels that 4, 6 or 8 steps stop at (Euler's path is straight
between the teacher's own levels, so they lie on it exactly), the picture; captions, labels, and whether canvas, container and
colours came out as they were asked for and whether the model's own image tower finds the concept in the drawing. Captions name
a coloured canvas always: a canvas unsaid means white, to people and here. With `--emoji` every fifth shard is of colour emoji.

A weak guidance has more variety; what a drawing gets wrong is left out instead of being driven out by a stronger one.
"""
import argparse
import json
import os
import sys
import time

import numpy as np
import torch

from checkpoint import load_model
from data import Pictures, taught_bank
from emoji import Emoji, EmojiBank
from model import SIGMA_FLOOR, bias_of
from paths import RECIPE, WORK
from sampling import sigmas
from tokens import CaptionTokenizer

sys.path.append(str(RECIPE.parent / "judge"))
from cut_out import cut_out  # noqa: E402
from extract import extract  # noqa: E402
from score import to_uint8  # noqa: E402

FOLDER = WORK / "distill"
LENGTH = 22     # tokens of a caption, as in training
SIZE = 128      # drawings of a shard
STUDENTS = (4, 6, 8)
NEAREST = 3     # the concept asked for has to be among so many nearest of all, by the model's own embeddings: some of 647 differ little
LEVELS = sorted({round(s, 6) for n in STUDENTS for s in sigmas(n)}, reverse=True)  # 1 first, 0 last
EMOJI_EVERY = 5  # shards, the last of which is of emoji
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

    @torch.no_grad()
    def recognises(self, pictures, concepts, wanted):
        """Is the concept asked for among the NEAREST of all concepts' names? concepts (ids, mask) of the names, wanted [n]. The judge is never asked."""
        near = self.model.tower(pictures.clamp(-1, 1)) @ self.model.contrastive(*concepts).T
        return (near.topk(NEAREST).indices == torch.tensor(wanted)[:, None]).any(1).numpy()


def captioned(pictures, n):
    """(captions, labels, what the captions state), n of each; half of the captions leave nothing out."""
    said = []
    for i in range(n):
        labels = pictures.labels()
        said.append((labels, *pictures.caption(labels, complete=i % 2 == 0)))
    labels, captions, stated = zip(*said)
    return captions, labels, stated


def as_asked(picture, labels, stated):
    """Are canvas, container and the colours that were named those of the picture [3, 64, 64]? By pixels; the concept is not looked at."""
    image = to_uint8(picture)
    seen = cut_out(image, labels["container"])[0] if labels["domain"] == "emoji" else extract(image)
    asked = {"canvas", "container"} | ({"bg"} if "bg" in stated or labels["container"] == "none" else set()) | ({"fg"} & stated.keys())
    return all(seen[k] == labels[k] for k in asked)


class Trajectories:
    """The drawings on disk, read as needed. Those that are not as asked, or not recognised, are left out."""

    def __init__(self):
        self.states, self.rows, self.ids, self.mask, self.with_pooled, self.labels, self.captions = [], [], [], [], [], [], []
        self.refresh()

    def refresh(self):
        """Takes in what has been added since."""
        for path in sorted(FOLDER.glob("*.json"))[len(self.states):]:
            told = json.loads(path.read_text())
            shard = len(self.states)
            self.states.append(np.load(path.with_suffix(".npy"), mmap_mode="r"))
            for row, right in enumerate(zip(told["as asked"], told["recognised"])):
                if all(right):
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
    parser.add_argument("--guidance", type=float, default=3.2, help="the shipped one; less has more variety")
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--emoji", action="store_true", help="for a teacher that was taught them")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    FOLDER.mkdir(parents=True, exist_ok=True)
    teacher, tokenizer = Teacher(args.checkpoint, args.steps, args.guidance), CaptionTokenizer(LENGTH)
    bank = taught_bank(teacher.about["top"])
    names = {"icon": tokenizer([f"{bank.concepts[c]['name']} icon" for c in bank.ids])}
    if args.emoji:
        emoji = EmojiBank()
        names["emoji"] = tokenizer([f"{emoji.labels[label]['name']} emoji" for label in emoji.ids])
    placed = lambda l: {"container": l["container"], "bg": int(l["bg"]), "canvas": int(l["canvas"])}
    of_icon = lambda l: {"concept": bank.concepts[l["c"]]["name"], "fg": int(l["fg"]), "style": "filled" if l["style"] in ("filled", "bold") else "outline"}
    end = time.time() + 60 * args.minutes
    while time.time() < end:
        shard = len(list(FOLDER.glob("*.json")))
        of_emoji = args.emoji and (shard + 1) % EMOJI_EVERY == 0
        captions, labels, stated = captioned(Emoji(emoji, 1_000_000 + shard) if of_emoji else Pictures(bank, seed=1_000_000 + shard), SIZE)
        ids, mask = tokenizer(captions)
        random = torch.Generator().manual_seed(1_000_000 + shard)
        noise = torch.randn(SIZE, 3, 64, 64, generator=random)
        with_pooled = torch.rand(SIZE, generator=random) >= NULL_SHARE
        start, used = time.time(), time.process_time()
        states = torch.cat([teacher.path(*part) for part in zip(*(x.split(64) for x in (noise, ids, mask, with_pooled)))])
        right = np.array([as_asked(*one) for one in zip(states[:, -1], labels, stated)])
        wanted = [emoji.ids.index(l["label"]) if of_emoji else bank.ids.index(l["c"]) for l in labels]
        known = teacher.recognises(states[:, -1], names["emoji" if of_emoji else "icon"], wanted)
        told = {"teacher": {"checkpoint": args.checkpoint, "pictures": teacher.about["pictures"], "steps": args.steps, "guidance": args.guidance},
                "captions": captions, "ids": ids.tolist(), "with pooled": with_pooled.tolist(), "as asked": right.tolist(), "recognised": known.tolist(),
                "labels": [{"concept": l["concept"], **placed(l), **({} if of_emoji else of_icon(l))} for l in labels]}
        np.save(FOLDER / f"{shard:04d}.npy", states.half().numpy())
        (FOLDER / "part").write_text(json.dumps(told))
        os.replace(FOLDER / "part", FOLDER / f"{shard:04d}.json")  # a shard is there when this is
        print(f"shard {shard}: as asked {right.mean():.2f}, recognised {known.mean():.2f}, {SIZE / (time.time() - start):.1f} drawings/s, {1000 * (time.process_time() - used) / SIZE:.0f} ms CPU each {time.strftime('%H:%M:%S', time.gmtime())}", flush=True)


if __name__ == "__main__":
    main()

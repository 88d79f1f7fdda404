"""What a checkpoint draws, scored in PyTorch before it is exported: the first prompts of a split, one picture each, old and new
concepts apart. Quick (20 drawings a second on two cores); the figures that count are `easel evaluate icons`'s.

EASEL_CONCEPTS=663 python score_checkpoint.py decay --split seen --prompts 500 --cfg 3.2
"""
import argparse
import json
from collections import defaultdict

import place
import numpy as np
import torch

from checkpoint import load_model
from data import Bank
from paths import CONCEPTS
from prompts import read_prompts
from sampling import sample
from score import Scorer, to_uint8
from tokens import CaptionTokenizer

LENGTH, BATCH = 22, 32  # tokens of a caption, as in training; drawings at once
MARKS = ("all four", "concept top-1", "concept top-5", "joint")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint", nargs="?", default="trunk")
    parser.add_argument("--split", default="seen")
    parser.add_argument("--prompts", type=int, default=320)
    parser.add_argument("--cfg", type=float, default=3.2)
    parser.add_argument("--old", type=int, default=200, help="concepts before this number are the old ones")
    args = parser.parse_args()
    model, about = load_model(args.checkpoint)
    tokenizer, scorer = CaptionTokenizer(LENGTH), Scorer()
    old = {c["name"] for c in Bank(CONCEPTS).concepts[:args.old]}
    ceiling = json.loads((place.JUDGE / "calibration.json").read_text())["ceiling"][args.split]
    measured = {p[1] for p in json.loads((place.JUDGE / "prompts.json").read_text())["splits"][args.split] if p[7]}  # concepts with a ceiling
    marks = defaultdict(list)
    prompts = read_prompts()[args.split][:args.prompts]
    for start in range(0, len(prompts), BATCH):
        part = prompts[start:start + BATCH]
        for p, picture in zip(part, sample(model, *tokenizer([p["prompt"] for p in part]), cfg=args.cfg, seed=start)):
            right, _ = scorer(to_uint8(picture), p["concept"], p)
            for group in ("all", "old" if p["concept"] in old else "new", *(["with a ceiling"] if p["concept"] in measured else []), p["wording"]):
                marks[group].append([float(right[m]) for m in MARKS])
    print(f"{args.checkpoint} at {about['pictures']} pictures, {args.split}, guidance {args.cfg}")
    for group, rows in sorted(marks.items()):
        print(f"  {group} ({len(rows)}): " + ", ".join(f"{m} {v:.3f}" for m, v in zip(MARKS, np.mean(rows, 0))))
    print("  ceiling: " + ", ".join(f"{m} {ceiling[m]:.3f}" for m in MARKS))


if __name__ == "__main__":
    torch.set_num_threads(2)
    main()

"""Scores pictures of emoji against what they should show: canvas, container and its colour by exact pixel checks, the label
by the emoji judge. What a checkpoint draws, in PyTorch, before it is exported:

python emoji_score.py trunk --prompts 250 --cfg 3.2
"""
import argparse
import json

import place
import numpy as np
import torch

from checkpoint import load_model
from cut_out import cut_out
from emoji_prompts import SPLITS, read_prompts
from sampling import sample
from score import open_judge, to_uint8
from score_checkpoint import BATCH, LENGTH
from tokens import CaptionTokenizer

MARKS = ("canvas", "container", "bg", "all three", "label top-1", "label top-5", "joint")


class EmojiScorer:
    def __init__(self):
        self.session = open_judge(place.EMOJI_JUDGE)
        self.labels = json.loads((place.EMOJI_JUDGE / "judge.json").read_text())["labels"]

    def __call__(self, image, asked):
        """image uint8 [64,64,3] and a prompt's labels; 0/1 per mark. Nothing drawn counts as wrong."""
        seen, drawing = cut_out(image, asked["container"])
        right = {k: float(seen[k] == asked[k]) for k in ("canvas", "container", "bg")}
        right["all three"] = float(all(right.values()))
        rank = len(self.labels)
        if drawing is not None:
            logits = self.session.run(None, {"drawing": drawing[None]})[0][0]
            rank = int((logits > logits[self.labels.index(asked["label"])]).sum())
        right["label top-1"], right["label top-5"] = float(rank == 0), float(rank < 5)
        right["joint"] = right["all three"] * right["label top-1"]
        return right


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint", nargs="?", default="trunk")
    parser.add_argument("--prompts", type=int, default=250)
    parser.add_argument("--cfg", type=float, default=3.2)
    args = parser.parse_args()
    torch.set_num_threads(2)
    model, about = load_model(args.checkpoint)
    tokenizer, scorer = CaptionTokenizer(LENGTH), EmojiScorer()
    ceiling = json.loads((place.EMOJI_JUDGE / "calibration.json").read_text())["ceiling"]
    for split in SPLITS:
        prompts = read_prompts()[split][:args.prompts]
        rows = []
        for start in range(0, len(prompts), BATCH):
            part = prompts[start:start + BATCH]
            pictures = sample(model, *tokenizer([p["prompt"] for p in part]), cfg=args.cfg, seed=start)
            rows += [scorer(to_uint8(picture), p) for p, picture in zip(part, pictures)]
        show = lambda marks, of: ", ".join(f"{m} {of(m):.3f}" for m in marks)
        print(f"{args.checkpoint} at {about['pictures']} pictures, {split}, guidance {args.cfg}: {show(MARKS, lambda m: np.mean([r[m] for r in rows]))}")
        covered = [r for r, p in zip(rows, prompts) if p["drawn"]]
        print(f"  divided by real pictures' ({len(covered)} prompts): {show(MARKS[4:], lambda m: np.mean([r[m] for r in covered]) / ceiling[split][m])}")


if __name__ == "__main__":
    main()

"""The mean of two branches' weights as the branch to ship, run/decay.pt (model soups, Wortsman et al. 2022, 2203.05482).

Two branches of one trunk, taken at different times, had each learnt something that the other lacked (recipes/README.md). Fit the translator anew after it.

python average.py decay-1442304 decay-1648896
"""
import argparse
import os

import torch

from paths import WORK


def mean(a, b):
    return {k: (a[k] + b[k]) / 2 if b[k].is_floating_point() else b[k] for k in b}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("earlier")
    parser.add_argument("later")
    args = parser.parse_args()
    earlier, later = (torch.load(WORK / "run" / f"{name}.pt", weights_only=True, mmap=True) for name in (args.earlier, args.later))
    about = {k: v for k, v in later.items() if k not in ("model", "ema", "optimizers")}
    target = WORK / "run" / "decay.pt"
    torch.save({"model": mean(earlier["model"], later["model"]), "ema": mean(earlier["ema"], later["ema"]), **about,
                "mean_of": [earlier["pictures"], later["pictures"]]}, target.with_suffix(".tmp"))
    os.replace(target.with_suffix(".tmp"), target)
    print(f"{target}: the mean of branches at {earlier['pictures']} and {later['pictures']} pictures")


if __name__ == "__main__":
    main()

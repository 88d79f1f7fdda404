"""Reads a training checkpoint: the averaged weights, ready for drawing."""
import torch

from model import IconModel, Shape
from paths import WORK


def load_model(name="trunk", weights="ema"):
    """(model in eval mode, {step, pictures, seconds, top, keywords_since, frozen_since, mean_of})."""
    saved = torch.load(WORK / "run" / f"{name}.pt", weights_only=True, mmap=True)
    model = IconModel(Shape(**saved["shape"]))
    model.load_state_dict(saved[weights])
    about = {k: saved.get(k) for k in ("step", "pictures", "seconds", "top", "keywords_since", "frozen_since", "mean_of")}
    return model.eval().requires_grad_(False), about

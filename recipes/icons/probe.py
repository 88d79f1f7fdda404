"""Does the model listen? Error when the concept word is swapped, against the true caption, per noise level.

The earliest sign of learning: it moves long before samples show anything. Also: how far a swapped word moves the
predicted picture with the pooled vector null, against with it present (issue 6 wants at least 0.8).
"""
import numpy as np
import torch

from data import Pictures
from model import bias_of

LEVELS = (0.98, 0.9, 0.7, 0.5)


class Probe:
    def __init__(self, bank, tokenizer, n=96, seed=5):
        pictures = Pictures(bank, seed)
        labels = [pictures.labels() for _ in range(n)]
        order = {c: i for i, c in enumerate(bank.ids)}
        swapped = [{**l, "c": bank.ids[(order[l["c"]] + 37) % len(bank.ids)]} for l in labels]
        text = []
        for group in (labels, swapped):
            pictures.rng = np.random.default_rng(1)
            text.append(tokenizer([pictures.caption(l, template="plain", complete=True)[0] for l in group]))
        self.true, self.swapped = text
        self.clean = pictures.draw(labels)
        self.noise = torch.randn(n, 3, 64, 64, generator=torch.Generator().manual_seed(0))

    def gap(self, true, swapped):
        """(error with the true caption, relative growth with the swapped one)"""
        error = [((x - self.clean) ** 2).mean().item() for x in (true, swapped)]
        return error[0], error[1] / error[0] - 1

    @torch.no_grad()
    def __call__(self, model):
        n = len(self.clean)
        gaps, present, moved = [], [], {"null": 0.0, "present": 0.0}  # (true error, relative gap) per level
        with torch.autocast("cpu", torch.bfloat16):
            texts = [(model.generative(*t), bias_of(t[1]), model.contrastive(*t).float()) for t in (self.true, self.swapped)]
            zero = torch.zeros_like(texts[0][2])
            for sigma in LEVELS:
                noisy = (1 - sigma) * self.clean + sigma * self.noise
                t = torch.full((n,), 1000 * sigma)
                draw = lambda i, pooled: model.generator(noisy, t, texts[i][0], pooled, texts[i][1]).float()
                a, b = draw(0, zero), draw(1, zero)
                gaps.append(self.gap(a, b))
                moved["null"] += (a - b).square().mean().sqrt().item()
                a, b = draw(0, texts[0][2]), draw(1, texts[1][2])
                present.append(self.gap(a, b))
                moved["present"] += (a - b).square().mean().sqrt().item()
        self.result = {"levels": LEVELS, "gaps": gaps, "gaps with pooled": present, "moved": moved["null"] / max(moved["present"], 1e-9), "pictures": n}
        line = "  ".join(f"sigma {s:.2f}: {e:.4f} {100 * g:+.1f}%" for s, (e, g) in zip(LEVELS, gaps))
        line += "  with pooled " + " ".join(f"{100 * g:+.1f}%" for _, g in present)
        return f"swapped-concept gap  {line}  word moves picture, pooled null / present: {moved['null'] / max(moved['present'], 1e-9):.2f}"


if __name__ == "__main__":  # python probe.py decay: the figures of the model card, on more pictures
    import json
    import sys

    from checkpoint import load_model
    from data import Bank
    from paths import WORK
    from tokens import CaptionTokenizer

    torch.set_num_threads(2)
    model, about = load_model(sys.argv[1] if len(sys.argv) > 1 else "trunk")
    probe = Probe(Bank(about["top"]), CaptionTokenizer(18), n=256, seed=21)
    print(probe(model))
    (WORK / "run" / "probe.json").write_text(json.dumps(probe.result))

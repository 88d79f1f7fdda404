"""Fits the translator (text to image embedding) on the frozen contrastive space, and measures it.

Compared on held-out captions with the identity map and with linear regression: standardised squared error (the
published source has 0.66 against 1.5 for identity) and how often the translated text finds its own picture.
"""
import argparse
import json

import torch
import torch.nn.functional as F

from checkpoint import load_model
from data import Bank, Pictures
from model import Translator
from paths import WORK
from tokens import CaptionTokenizer


@torch.no_grad()
def pairs(model, pictures, tokenizer, n, batch=250):
    text, image, concepts = [], [], []
    for _ in range(n // batch):
        b = pictures.batch(batch)
        text.append(model.contrastive(*tokenizer(b.captions)))
        image.append(model.tower(b.pictures))
    return torch.cat(text), torch.cat(image)


def retrieval(guess, image, among=100):
    """Share of guesses whose own picture is the nearest of 100."""
    hits = 0
    for i in range(0, len(guess), among):
        s = F.normalize(guess[i:i + among], dim=1) @ image[i:i + among].T
        hits += (s.argmax(1) == torch.arange(len(s))).sum().item()
    return hits / len(guess)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--checkpoint", default="trunk")
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--steps", type=int, default=1500)
    args = parser.parse_args()
    torch.set_num_threads(2)
    torch.manual_seed(0)
    model, about = load_model(args.checkpoint)
    tokenizer = CaptionTokenizer(18)
    text, image = pairs(model, Pictures(Bank(about["top"]), seed=11), tokenizer, args.pairs)
    held_text, held_image = pairs(model, Pictures(Bank(about["top"]), seed=12), tokenizer, 2000)
    t = Translator(model.shape)
    t.text_mean, t.text_std, t.image_mean, t.image_std = text.mean(0), text.std(0), image.mean(0), image.std(0)
    target = lambda x: (x - t.image_mean) / t.image_std

    source = torch.cat([(text - t.text_mean) / t.text_std, torch.ones(len(text), 1)], 1)
    solution = torch.linalg.lstsq(source, target(image)).solution
    with torch.no_grad():  # the network starts at linear regression and adds to it
        t.linear.weight.copy_(solution[:-1].T)
        t.linear.bias.copy_(solution[-1])
    optimizer = torch.optim.AdamW(t.parameters(), 1e-3, weight_decay=0.05)
    for step in range(args.steps):
        for g in optimizer.param_groups:
            g["lr"] = 1e-3 * (1 - step / args.steps)
        i = torch.randint(len(text), (512,))
        loss = F.mse_loss(t.standardised(text[i]), target(image[i]))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    with torch.no_grad():
        linear = torch.cat([(held_text - t.text_mean) / t.text_std, torch.ones(len(held_text), 1)], 1) @ solution
        score = lambda guess: F.mse_loss(guess, target(held_image)).item()
        result = {
            "standardised squared error": {
                "identity": score((held_text - t.text_mean) / t.text_std), "linear regression": score(linear), "translator": score(t.standardised(held_text))},
            "own picture among 100": {
                "identity": retrieval(held_text, held_image), "linear regression": retrieval(linear * t.image_std + t.image_mean, held_image),
                "translator": retrieval(t(held_text), held_image)},
            "pairs": args.pairs, "held out": len(held_text),
        }
    torch.save(t.state_dict(), WORK / "run" / "prior.pt")
    (WORK / "run" / "prior.json").write_text(json.dumps(result, indent=2))
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()

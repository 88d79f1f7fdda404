"""The two losses. Each reaches its own parameters only; test_gradients.py checks that exactly."""
import torch
import torch.nn.functional as F
from torch import nn

from model import bias_of


class GeneratorLoss(nn.Module):
    """Clean-picture error of the generator, weighted 1 / sigma, and the ink heads' error. Trains generator and generative
    encoder. Captions beyond the pictures' (the last rows of ids and ink) train the caption's way to the ink alone, which
    costs a tenth of a picture. Returns (loss to descend, picture term, ink errors from caption and from grid)."""

    def __init__(self, model):
        super().__init__()
        self.encoder, self.generator, self.ink = model.generative, model.generator, model.ink

    def forward(self, ids, mask, noisy, sigma, pooled, clean, ink):
        n = len(noisy)
        text, bias = self.encoder(ids, mask), bias_of(mask)
        predicted, tokens = self.generator(noisy, 1000 * sigma, text[:n], pooled, bias[:n], with_tokens=True)
        error = (predicted.float() - clean).square().mean((1, 2, 3))
        picture = (error / sigma.clamp_min(0.05)).mean()
        said = (self.ink.caption(self.generator, text, bias).float() - F.avg_pool2d(ink, 4)).square().mean()
        drawn = (self.ink.grid(tokens).float() - F.avg_pool2d(ink[:n], 2)).square().mean()
        return picture + said + 0.5 * drawn, picture.detach(), said.detach(), drawn.detach()


class ContrastiveLoss(nn.Module):
    """InfoNCE both ways. Pairs that the caption happens to be true of are no negatives. Trains encoder and tower."""

    def __init__(self, model):
        super().__init__()
        self.encoder, self.tower, self.logit_scale = model.contrastive, model.tower, model.logit_scale

    def forward(self, ids, mask, pictures, truth):
        text, image = self.encoder(ids, mask), self.tower(pictures)
        logits = self.logit_scale.clamp_max(4.6).exp() * text @ image.T
        eye = torch.eye(len(logits), dtype=torch.bool)
        logits = logits.masked_fill(truth & ~eye, -1e4)
        target = torch.arange(len(logits))
        return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2, text, image


def sample_sigma(n):
    """Mostly high noise, where the concept is decided; some of everything for crisp edges."""
    clean = torch.sigmoid(torch.randn(n) * 1.1 - 1.0)
    uniform = torch.rand(n) < 0.15
    clean = torch.where(uniform, torch.rand(n), clean)
    return 1 - clean

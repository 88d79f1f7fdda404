"""The two losses. Each reaches its own parameters only; test_gradients.py checks that exactly."""
import torch
import torch.nn.functional as F
from torch import nn

from model import bias_of


class GeneratorLoss(nn.Module):
    """Clean-picture error of the generator, weighted 1 / sigma. Trains generator and generative encoder."""

    def __init__(self, model):
        super().__init__()
        self.encoder, self.generator = model.generative, model.generator

    def forward(self, ids, mask, noisy, sigma, pooled, clean):
        text = self.encoder(ids, mask)
        predicted = self.generator(noisy, 1000 * sigma, text, pooled, bias_of(mask))
        error = (predicted.float() - clean).square().mean((1, 2, 3))
        return (error / sigma.clamp_min(0.05)).mean()


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

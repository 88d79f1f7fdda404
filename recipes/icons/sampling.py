"""Drawing with the model in PyTorch, as the shipped sampler does: flow-matching Euler, last sigma 0.05, guidance."""
import torch
from PIL import Image

from model import SIGMA_FLOOR, bias_of

SHEET = (
    "red heart icon on a blue circle", "outline green camera icon", "filled purple house icon on a yellow rounded square",
    "black key icon", "white bell icon on a red circle", "blue umbrella icon on white", "pink star icon on a black rounded square",
    "orange fire icon", "white truck icon on a green circle, yellow background", "teal rocket icon", "brown coffee icon on a pink circle",
    "red trash icon", "yellow moon icon on a purple circle", "outline black bike icon", "white lock icon on a red rounded square",
    "green tree icon",
)


def sigmas(steps):
    """steps + 1 values from 1 to 0; the last step starts at 0.05, where velocity leads exactly to the predicted picture."""
    return [1 - i * (1 - SIGMA_FLOOR) / (steps - 1) for i in range(steps)] + [0.0]


@torch.no_grad()
def sample(model, ids, mask, pooled="text", steps=20, cfg=3.0, seed=0):
    """pooled: "text" (as shipped), None for the null vector, or vectors [n, E]."""
    n = len(ids)
    noise = torch.Generator().manual_seed(seed)
    z = torch.randn(n, 3, 64, 64, generator=noise)
    empty = torch.zeros_like(ids)
    empty[:, 0], empty[:, 1] = 1, 2
    both = torch.cat([ids, empty]), torch.cat([mask, (empty > 0).long()])
    if pooled is None:
        pooled = torch.zeros(n, model.shape.embedding)
    elif isinstance(pooled, str):
        pooled = model.contrastive(ids, mask)
    pooled = torch.cat([pooled, torch.zeros_like(pooled)])
    levels = sigmas(steps)
    with torch.autocast("cpu", torch.bfloat16):
        text = model.generative(*both)
        for sigma, following in zip(levels, levels[1:]):
            zz = torch.cat([z, z])
            x = model.generator(zz, torch.full((2 * n,), 1000 * sigma), text, pooled, bias_of(both[1])).float()
            v, null = ((zz - x) / max(sigma, SIGMA_FLOOR)).chunk(2)
            z = z + (following - sigma) * (null + cfg * (v - null))
    return z.clamp(-1, 1)


def sheet(pictures, columns, path):
    n, _, h, w = pictures.shape
    rows = -(-n // columns)
    out = torch.ones(rows * columns, 3, h, w)
    out[:n] = pictures
    out = ((out + 1) * 127.5).round().byte().view(rows, columns, 3, h, w).permute(0, 3, 1, 4, 2)
    Image.fromarray(out.reshape(rows * h, columns * w, 3).numpy()).save(path)

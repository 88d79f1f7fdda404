"""Draws pictures from glyph masks and colours: canvas, container (analytic, anti-aliased), glyph."""
import numpy as np
import torch
import torch.nn.functional as F

S = 64


def random_places(rng, kind):
    """(half, scale, shift) of n pictures: half a container's side, and what `place` takes for the drawing, which is about 52 wide.
    `kind` [n] as in `containers`; squares leave more room than circles."""
    n = len(kind)
    half = rng.uniform(25, 28, n)
    inside = half * np.where(kind == 1, rng.uniform(1.15, 1.3, n), rng.uniform(1.2, 1.4, n)) / 52
    scale = np.where(kind == 0, rng.uniform(0.97, 1.05, n), inside)
    return half, scale, rng.uniform(-0.03, 0.03, (n, 2))


def place(masks, scale, shift, side=S):
    """Scale masks [B,n,n] about the centre and shift them (fractions of half the picture), 2x supersampled: [B,side,side]."""
    b = masks.shape[0]
    theta = torch.zeros(b, 2, 3)
    theta[:, 0, 0] = theta[:, 1, 1] = 1 / scale
    theta[:, :, 2] = shift
    grid = F.affine_grid(theta, (b, 1, 2 * side, 2 * side), align_corners=False)
    return F.avg_pool2d(F.grid_sample(masks[:, None], grid, align_corners=False, padding_mode="zeros"), 2)[:, 0]


def containers(kind, half, radius, side=S):
    """Coverage [B,side,side] of a circle (kind 1) or rounded square (kind 2); 0 for none (kind 0). Lengths are of a picture of 64."""
    half, radius = half[:, None, None], radius[:, None, None]
    centre = (torch.arange(side) + 0.5) * S / side - S / 2
    y, x = torch.meshgrid(centre, centre, indexing="ij")
    circle = torch.hypot(x, y)[None] - half
    qx, qy = x.abs()[None] - half + radius, y.abs()[None] - half + radius
    box = torch.hypot(qx.clamp_min(0), qy.clamp_min(0)) + torch.maximum(qx, qy).clamp_max(0) - radius
    kind = kind[:, None, None]
    return (0.5 - torch.where(kind == 1, circle, box) * side / S).clamp(0, 1) * (kind > 0)


def compose(glyph, container, colours):
    """Pictures [B,3,n,n] in [-1, 1]; colours [B,3,3] are canvas, container and foreground in 0..255."""
    canvas, inside, fg = (colours[:, i, :, None, None] for i in range(3))
    x = canvas + (inside - canvas) * container[:, None]
    x = x + (fg - x) * glyph[:, None]
    return x / 127.5 - 1

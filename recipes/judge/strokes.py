"""What a drawing's strokes look like, without any learning: how much goes in which of twelve directions, in soft 8x8 cells
(histograms of oriented gradients, Dalal and Triggs 2005). In PyTorch and as ONNX nodes."""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


class Strokes(nn.Module):
    BINS, CELL = 12, 8
    LENGTH = BINS * 64

    def __init__(self):
        super().__init__()
        slope = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 8
        self.register_buffer("gradient", torch.stack([slope, slope.T])[:, None])
        angle = torch.arange(self.BINS) * torch.pi / self.BINS
        self.register_buffer("direction", torch.stack([(2 * angle).cos(), (2 * angle).sin()], 1)[:, :, None, None])
        tent = 1 - (torch.arange(2 * self.CELL) - self.CELL + 0.5).abs() / self.CELL
        self.register_buffer("cells", (tent[:, None] * tent[None])[None, None].repeat(self.BINS, 1, 1, 1))

    def forward(self, x):
        """[B,1,64,64] with nothing (0) at its edges to [B,LENGTH]."""
        g = F.conv2d(x, self.gradient, padding=1)
        gx, gy = g[:, :1], g[:, 1:]
        size = (gx * gx + gy * gy + 1e-6).sqrt()
        double = torch.cat([(gx * gx - gy * gy) / size, 2 * gx * gy / size], 1)
        bins = F.relu(F.conv2d(double, self.direction) - 0.6 * size)
        return (F.conv2d(bins, self.cells, stride=self.CELL, padding=self.CELL // 2, groups=self.BINS) + 1e-4).sqrt().flatten(1)

    def graph(self, g, x):
        """The same on a value of an `onnx_graph.Graph`."""
        fixed = lambda name: g.constant(getattr(self, name).numpy())
        slope = g.op("Conv", x, fixed("gradient"), kernel_shape=[3, 3], pads=[1] * 4)
        gx, gy = g.slice(slope, 1, 0, 1), g.slice(slope, 1, 1, 2)
        xx, yy, xy = g.op("Mul", gx, gx), g.op("Mul", gy, gy), g.op("Mul", gx, gy)
        size = g.op("Sqrt", g.op("Add", g.op("Add", xx, yy), g.constant(1e-6)))
        double = g.op("Concat", g.op("Div", g.op("Sub", xx, yy), size), g.op("Div", g.op("Mul", xy, g.constant(2.0)), size), axis=1)
        bins = g.op("Conv", double, fixed("direction"), kernel_shape=[1, 1])
        bins = g.op("Relu", g.op("Sub", bins, g.op("Mul", size, g.constant(0.6))))
        c = self.CELL
        h = g.op("Conv", bins, fixed("cells"), kernel_shape=[2 * c, 2 * c], strides=[c, c], pads=[c // 2] * 4, group=self.BINS)
        return g.reshape(g.op("Sqrt", g.op("Add", h, g.constant(1e-4))), [0, -1])


def unit(v):
    """Rows [B,N] of length 1."""
    return v / (v.square().sum(1, keepdim=True) + 1e-6).sqrt()


def unit_in(g, v):
    square = g.op("ReduceSum", g.op("Mul", v, v), g.constant([1], np.int64), keepdims=1)
    return g.op("Div", v, g.op("Sqrt", g.op("Add", square, g.constant(1e-6))))


def centred_in(g, v):
    return g.op("Sub", v, g.op("ReduceMean", v, g.constant([1], np.int64), keepdims=1))

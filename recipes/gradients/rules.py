"""Cases for the gradient rules: operators, shapes and attributes, each with its meaning in PyTorch.

    python rules.py OUT_FOLDER        writes rules.jsonl and rules.safetensors (case_writer.py)
"""
import math
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F

from case_writer import Cases, Constant, Fed
from fused_rules import fused, standard_23

generator = torch.Generator().manual_seed(5)


def x(*shape, low=-1.5, high=1.5):
    return torch.rand(shape, generator=generator, dtype=torch.float64) * (high - low) + low


def pos(*shape):
    return x(*shape, low=0.3, high=1.8)


def unit(*shape):
    return x(*shape, low=-0.8, high=0.8)


def ints(*values):
    return np.array(values, np.int64)


def scalar(value):
    return np.array(value, np.int64)


def write_cases(c):
    elementwise(c)
    arithmetic(c)
    reductions(c)
    softmax_and_norms(c)
    products(c)
    convolutions(c)
    pools(c)
    resizing(c)
    layout(c)
    indexing(c)
    chains(c)
    standard_23(c)
    fused(c)


def elementwise(c):
    anywhere = dict(Abs=torch.abs, Neg=torch.neg, Identity=lambda a: a * 1, Exp=torch.exp, Erf=torch.erf, Sin=torch.sin, Cos=torch.cos, Sinh=torch.sinh, Cosh=torch.cosh,
                    Tanh=torch.tanh, Atan=torch.atan, Asinh=torch.asinh, Sigmoid=torch.sigmoid, Softplus=F.softplus, Softsign=F.softsign, Relu=F.relu, Elu=F.elu, Celu=F.celu,
                    Selu=F.selu, LeakyRelu=lambda a: F.leaky_relu(a, 0.01), HardSwish=F.hardswish, Mish=F.mish, Gelu=F.gelu, ThresholdedRelu=lambda a: torch.where(a > 1, a, 0 * a),
                    HardSigmoid=lambda a: torch.clamp(0.2 * a + 0.5, 0, 1), Floor=torch.floor, Round=torch.round, Sign=torch.sign, Ceil=torch.ceil)
    for op, f in anywhere.items():
        c.add(op, f, [x(3, 4, low=-4, high=4)])
    for op, f in dict(Tan=torch.tan, Asin=torch.asin, Acos=torch.acos, Atanh=torch.atanh).items():
        c.add(op, f, [unit(3, 4)])
    for op, f in dict(Log=torch.log, Sqrt=torch.sqrt, Reciprocal=torch.reciprocal).items():
        c.add(op, f, [pos(2, 5)])
    c.add("Acosh", torch.acosh, [x(3, 4, low=1.2, high=4)])
    c.add("Gelu", lambda a: F.gelu(a, approximate="tanh"), [x(3, 4, low=-4, high=4)], approximate="tanh")
    c.add("Elu", lambda a: F.elu(a, 0.6), [x(3, 4)], alpha=0.6)
    c.add("Celu", lambda a: F.celu(a, 0.6), [x(3, 4)], alpha=0.6)
    c.add("Selu", lambda a: torch.where(a > 0, 1.2 * a, 1.2 * 0.7 * (a.exp() - 1)), [x(3, 4)], alpha=0.7, gamma=1.2)
    c.add("LeakyRelu", lambda a: F.leaky_relu(a, 0.3), [x(3, 4)], alpha=0.3)
    c.add("HardSigmoid", lambda a: F.hardsigmoid(a), [x(3, 4, low=-4, high=4)], alpha=1 / 6, beta=0.5)
    c.add("ThresholdedRelu", lambda a: torch.where(a > 0.3, a, 0 * a), [x(3, 4)], alpha=0.3)
    c.add("Shrink", lambda a: F.softshrink(a, 0.5), [x(3, 4)], lambd=0.5, bias=0.5)
    c.add("Shrink", lambda a: F.hardshrink(a, 0.5), [x(3, 4)], note="hard", lambd=0.5)
    c.add("PRelu", lambda a, s: torch.where(a > 0, a, s * a), [x(2, 3, 4), x(3, 1)])
    c.add("PRelu", lambda a, s: torch.where(a > 0, a, s * a), [x(2, 3), x(1)])
    c.add("Clip", lambda a, *_: a.clamp(-0.5, 0.7), [x(3, 4), Constant(-0.5), Constant(0.7)], note="bounds")
    c.add("Clip", torch.clamp, [x(3, 4), torch.tensor(-0.5, dtype=torch.float64), torch.tensor(0.6, dtype=torch.float64)], note="trainable bounds")
    c.add("Clip", lambda a, _, high: a.clamp(max=high), [x(3, 4), None, torch.tensor(0.6, dtype=torch.float64)], note="upper bound only")
    c.add("Clip", lambda a, low: a.clamp(min=low), [x(3, 4), torch.tensor(-0.2, dtype=torch.float64)], note="lower bound only")
    ties = torch.tensor([-1.0, 0.0, 0.0, 2.0], dtype=torch.float64)
    for op, f in dict(Relu=F.relu, Abs=torch.abs, LeakyRelu=F.leaky_relu, HardSwish=F.hardswish, Elu=F.elu).items():
        c.add(op, f, [ties], note="at zero")
    c.add("Clip", lambda a, *_: a.clamp(0, 2), [ties, Constant(0), Constant(2)], note="at the bounds")
    c.add("Dropout", lambda a: a * 1, [x(3, 4)])
    c.add("Dropout", lambda a, *_: a * 1, [x(3, 4), Constant(0.4), np.array(False)], note="evaluation")
    for to, name in ((11, "float64"), (10, "float16")):
        c.graph(f"Cast to {name} and back", [dict(op="Cast", inputs=["x0"], outputs=["h"], attributes=dict(to=to)), dict(op="Cast", inputs=["h"], outputs=["y0"], attributes=dict(to=1))],
                lambda a: a * 1, [torch.tensor([0.5, -1.25, 3.0], dtype=torch.float64)])
    c.graph("Cast to int64 passes nothing", [dict(op="Cast", inputs=["x0"], outputs=["h"], attributes=dict(to=7)), dict(op="Cast", inputs=["h"], outputs=["i"], attributes=dict(to=1)), dict(op="Add", inputs=["i", "x0"], outputs=["y0"])],
            lambda a: a.detach().trunc() + a, [x(4)])
    c.graph("CastLike", [dict(op="CastLike", inputs=["x0", "x1"], outputs=["h"]), dict(op="Mul", inputs=["h", "x1"], outputs=["y0"])], lambda a, b: a * b, [x(3), x(3)])


def arithmetic(c):
    shapes = [((2, 3), (2, 3)), ((2, 3, 4), (3, 1)), ((1, 4), (3, 2, 1)), ((), (2, 3)), ((3,), (1,))]
    for op, f in dict(Add=torch.add, Sub=torch.sub, Mul=torch.mul).items():
        for a, b in shapes:
            c.add(op, f, [x(*a), x(*b)])
    for a, b in shapes:
        c.add("Div", torch.div, [x(*a), pos(*b)])
        c.add("Pow", torch.pow, [pos(*a), x(*b)])
    for op, f in dict(Max=torch.maximum, Min=torch.minimum).items():
        for a, b in shapes[:3]:
            c.add(op, f, [x(*a), x(*b)])
        c.add(op, lambda *v, f=f: f(f(f(v[0], v[1]), v[2]), v[3]), [x(2, 3), x(3), x(2, 1), x(1, 1)], note="of four")
        c.add(op, lambda v: v * 1, [x(2, 3)], note="of one")
        c.add(op, f, [torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64), torch.tensor([1.0, 3.0, 2.0], dtype=torch.float64)], note="with a tie")
    c.add("Sum", lambda *v: v[0] + v[1] + v[2], [x(2, 3), x(3), x(2, 1)])
    c.add("Mean", lambda *v: (v[0] + v[1] + v[2]) / 3, [x(2, 3), x(3), x(2, 1)])
    c.add("Pow", lambda a, b: a ** 3, [x(3, 4), Constant(3)], note="cube of negative numbers")
    c.add("Pow", lambda a, b: a ** 2, [torch.tensor([0.0, -1, 2], dtype=torch.float64), Constant(2)], note="square at zero")
    c.add("Pow", lambda a, b: a ** 0, [x(3), Constant(0)], note="zeroth power")
    c.add("Pow", lambda a, b: a ** 2, [x(3), ints(2)], note="integer exponent")
    c.add("Mod", lambda a, b: torch.fmod(a, b), [x(4, low=-5, high=5), pos(4)], fmod=1)
    c.add("Mod", lambda a, b: torch.fmod(a, b), [x(2, 4, low=-5, high=5), pos(1)], note="broadcast", fmod=1)
    mask = np.array([[True, False, True]])
    c.add("Where", lambda m, a, b: torch.where(m, a, b), [mask, x(2, 3), x(2, 3)])
    c.add("Where", lambda m, a, b: torch.where(m, a, b), [mask, x(3), x(2, 1)])
    c.add("Where", lambda m, a, b: torch.where(m, a, b), [mask, x(2, 3), Constant(-1e4)], note="mask with a number")
    c.graph("Where on a comparison", [dict(op="Greater", inputs=["x0", "x1"], outputs=["m"]), dict(op="Where", inputs=["m", "x0", "x1"], outputs=["y0"])], lambda a, b: torch.where(a > b, a, b), [x(2, 3), x(3)])


def reductions(c):
    f = dict(
        ReduceSum=lambda a, d, k: a.sum(d, keepdim=k), ReduceMean=lambda a, d, k: a.mean(d, keepdim=k), ReduceMax=lambda a, d, k: a.amax(d, keepdim=k), ReduceMin=lambda a, d, k: a.amin(d, keepdim=k),
        ReduceProd=lambda a, d, k: [a := a.prod(i, keepdim=True) for i in d][-1] if k else [a := a.prod(i) for i in sorted((i % a.dim() for i in d), reverse=True)][-1],
        ReduceL1=lambda a, d, k: a.abs().sum(d, keepdim=k), ReduceL2=lambda a, d, k: (a * a).sum(d, keepdim=k).sqrt(), ReduceLogSum=lambda a, d, k: a.sum(d, keepdim=k).log(),
        ReduceLogSumExp=lambda a, d, k: a.logsumexp(d, keepdim=k), ReduceSumSquare=lambda a, d, k: (a * a).sum(d, keepdim=k))
    for op, g in f.items():
        draw = pos if op == "ReduceLogSum" else x
        c.add(op, lambda a, _, g=g: g(a, (1,), True), [draw(2, 3, 4), ints(1)])
        c.add(op, lambda a, _, g=g: g(a, (0, 2), False), [draw(2, 3, 4), ints(-1, 0)], keepdims=0)
        c.add(op, lambda a, g=g: g(a, (0, 1), False), [draw(2, 3)], note="everything", keepdims=0)
        c.add(op, lambda a, g=g: g(a, (1,), True), [draw(2, 3, 4)], note="axes as attribute", opset=13, **({"axes": [-2]} if op != "ReduceSum" else {})) if op != "ReduceSum" else None
    tie = torch.tensor([[1.0, 3, 3], [2, 2, 2]], dtype=torch.float64)
    c.add("ReduceMax", lambda a, _: a.amax(1, keepdim=True), [tie, ints(1)], note="ties")
    c.add("ReduceMin", lambda a, _: a.amin(1, keepdim=True), [tie, ints(1)], note="ties")
    c.add("ReduceProd", lambda a, _: a.prod(1, keepdim=True), [torch.tensor([[1.0, 0, 3], [0, 2, 0], [1, 2, 3]], dtype=torch.float64), ints(1)], note="with zeros")
    c.add("ReduceL2", lambda a, _: torch.linalg.vector_norm(a, dim=1, keepdim=True), [torch.tensor([[0.0, 0], [1, 2]], dtype=torch.float64), ints(1)], note="at zero")
    c.add("ReduceSum", lambda a, _: a * 1, [x(2, 3), ints()], note="no axes, nothing reduced", noop_with_empty_axes=1)
    c.add("ReduceLogSumExp", lambda a, _: a.logsumexp(-1, keepdim=True), [x(2, 3, low=50, high=90), ints(-1)], note="large numbers")
    c.add("CumSum", lambda a, _: a.cumsum(1), [x(3, 4), scalar(1)])
    c.add("CumSum", lambda a, _: a.flip(0).cumsum(0).flip(0) - a, [x(3, 4), scalar(-2)], reverse=1, exclusive=1)
    c.add("CumSum", lambda a, _: a.cumsum(0) - a, [x(3, 4), scalar(0)], exclusive=1)
    c.add("TopK", lambda a, _: (a.topk(2, dim=1).values, None), [x(3, 5), ints(2)], outputs=2)
    c.add("TopK", lambda a, _: (a.topk(3, dim=0, largest=False).values, None), [x(5, 2), ints(3)], outputs=2, axis=0, largest=0)


def softmax_and_norms(c):
    for axis in (-1, 1, 0):
        c.add("Softmax", lambda a, d=axis: a.softmax(d), [x(2, 3, 4)], axis=axis)
        c.add("LogSoftmax", lambda a, d=axis: a.log_softmax(d), [x(2, 3, 4)], axis=axis)
    c.add("Softmax", lambda a: a.softmax(-1), [x(2, 3, 4)], note="default axis", opset=13)
    for p, axis in ((2, -1), (2, 0), (1, 1)):
        c.add("LpNormalization", lambda a, p=p, d=axis: a / torch.linalg.vector_norm(a, p, dim=d, keepdim=True), [x(3, 4)], p=p, axis=axis)

    def layer(a, w, bias=None, axis=-1, eps=1e-5):
        dims = tuple(range(axis % a.dim(), a.dim()))
        y = (a - a.mean(dims, keepdim=True)) / (a.var(dims, keepdim=True, unbiased=False) + eps).sqrt() * w
        return y if bias is None else y + bias
    c.add("LayerNormalization", layer, [x(2, 3, 8), x(8), x(8)])
    c.add("LayerNormalization", layer, [x(2, 3, 8), x(8)], note="no bias")
    c.add("LayerNormalization", lambda a, w, b: layer(a, w, b, 1), [x(2, 3, 4), x(3, 4), x(3, 4)], axis=1)
    c.add("LayerNormalization", lambda a, w, b: layer(a, w, b, -2, 0.1), [x(2, 3, 4), x(3, 4), x(4)], axis=-2, epsilon=0.1)
    c.add("LayerNormalization", layer, [x(2, 3, 8, low=5, high=6), Constant(np.ones(8)), Constant(np.zeros(8))], note="constant scale, shifted input")
    for shape in ((2, 3, 6), (2, 3, 4, 5), (1, 2, 2, 3, 4)):
        c.add("InstanceNormalization", lambda a, w, b: F.instance_norm(a, weight=w, bias=b), [x(*shape), x(shape[1]), x(shape[1])])
    for groups, shape in ((2, (2, 4, 6)), (3, (2, 6, 4, 3)), (4, (2, 4, 5)), (1, (2, 4, 3, 3))):
        c.add("GroupNormalization", lambda a, w, b, g=groups: F.group_norm(a, g, w, b), [x(*shape), x(shape[1]), x(shape[1])], opset=21, num_groups=groups)
    c.add("GroupNormalization", lambda a, w, b: F.group_norm(a, 2) * w.repeat_interleave(3)[None, :, None] + b.repeat_interleave(3)[None, :, None], [x(2, 6, 5), x(2), x(2)], note="per group", opset=18, num_groups=2)
    wide = lambda a: (1, -1) + (1,) * (a.dim() - 2)
    norm = lambda a, w, b, m, v: (a - m.view(wide(a))) / (v.view(wide(a)) + 1e-5).sqrt() * w.view(wide(a)) + b.view(wide(a))
    for shape in ((4, 3), (2, 3, 5), (2, 3, 4, 4)):
        c.add("BatchNormalization", norm, [x(*shape), x(3), x(3), x(3), pos(3)])
    c.add("BatchNormalization", norm, [x(2, 3, 4, 4), x(3), x(3), Constant([0.1, 0.2, -0.4]), Constant([0.5, 0.9, 2])], note="constant statistics")
    c.add("LRN", lambda a: F.local_response_norm(a, 3, 0.1, 0.6, 1.2), [x(2, 5, 3, 3)], size=3, alpha=0.1, beta=0.6, bias=1.2)
    c.add("MeanVarianceNormalization", lambda a: (a - a.mean((0, 2, 3), keepdim=True)) / (a.var((0, 2, 3), keepdim=True, unbiased=False).sqrt() + 1e-9), [x(2, 3, 4, 3)])


def products(c):
    for a, b in (((2, 3), (3, 4)), ((2, 5, 3), (3, 4)), ((2, 2, 5, 3), (3, 4)), ((2, 5, 3), (2, 3, 4)), ((2, 3, 5, 4), (2, 3, 4, 6)), ((5, 3), (2, 3, 4)), ((2, 1, 5, 3), (3, 3, 4)), ((1, 5, 3), (4, 3, 2)),
                 ((3,), (3, 4)), ((2, 3), (3,)), ((3,), (3,)), ((3,), (2, 3, 4)), ((2, 5, 3), (3,)), ((2, 5, 3), (1, 3, 4))):
        c.add("MatMul", torch.matmul, [x(*a), x(*b)])
    c.add("MatMul", torch.matmul, [x(2, 5, 3), Constant(np.arange(12).reshape(3, 4) / 7)], note="constant weight")
    c.add("MatMul", torch.matmul, [Constant(np.arange(12).reshape(4, 3) / 7), x(2, 3, 5)], note="constant left side")
    for ta, tb in ((0, 0), (1, 0), (0, 1), (1, 1)):
        for bias in ((4,), (2, 1), (), (2, 4), (1, 4), None):
            shapes = [(3, 2) if ta else (2, 3), (4, 3) if tb else (3, 4)]
            f = lambda a, b, d=None, ta=ta, tb=tb: 0.7 * (a.T if ta else a) @ (b.T if tb else b) + (0 if d is None else 1.3 * d)
            c.add("Gemm", f, [x(*s) for s in shapes] + ([] if bias is None else [x(*bias)]), transA=ta, transB=tb, alpha=0.7, beta=1.3)
    c.add("Gemm", lambda a, b, d: a @ b + d, [x(2, 3), x(3, 4), x(4)], note="defaults")
    for equation, *shapes in (("bij,bjk->bik", (2, 3, 4), (2, 4, 5)), ("nhwpqc->nchpwq", (1, 2, 2, 3, 1, 2)), ("...i,ij->...j", (2, 3, 4), (4, 2)), ("ij,k->i", (2, 3), (4,)), ("i,j->ij", (2,), (3,)),
                              ("bhid,bhjd->bhij", (2, 2, 3, 4), (2, 2, 5, 4)), ("ij->", (2, 3)), ("ij->ji", (2, 3)), ("ij,jk,kl->il", (2, 3), (3, 4), (4, 2)), ("bi,bi->b", (2, 3), (2, 3)), ("ij,jk", (2, 3), (3, 4)),
                              ("b...d,b...d->b...", (2, 3, 4), (2, 3, 4)), ("ii->i", (3, 3)), ("bii,i->b", (2, 3, 3), (3,))):
        c.add("Einsum", lambda *v, e=equation: torch.einsum(e, *v), [x(*s) for s in shapes], equation=equation)


def convolutions(c):
    def same(f, kernel, stride, dilation, upper):
        def run(a, w, *bias):
            total = [max(0, (-(-n // s) - 1) * s + (k - 1) * d + 1 - n) for n, k, s, d in zip(a.shape[2:], kernel, stride, dilation)]
            pads = [(t - t // 2, t // 2) if not upper else (t // 2, t - t // 2) for t in total]
            return f(F.pad(a, [p for pair in reversed(pads) for p in pair]), w, *bias, stride=stride, dilation=dilation)
        return run
    conv = F.conv2d
    c.add("Conv", lambda a, w, b: conv(a, w, b, padding=1), [x(2, 3, 5, 6), x(4, 3, 3, 3), x(4)], pads=[1, 1, 1, 1])
    c.add("Conv", lambda a, w, b: conv(a, w, b), [x(2, 3, 4, 4), x(5, 3, 1, 1), x(5)], note="one by one")
    c.add("Conv", lambda a, w: conv(a, w), [x(2, 3, 4, 4), x(5, 3, 2, 2)], note="no bias")
    c.add("Conv", lambda a, w, b: conv(a, w, b, stride=2, padding=1), [x(2, 3, 6, 6), x(4, 3, 3, 3), x(4)], strides=[2, 2], pads=[1, 1, 1, 1])
    c.add("Conv", lambda a, w: conv(F.pad(a, (0, 1, 1, 0)), w, stride=(2, 3)), [x(2, 3, 6, 5), x(4, 3, 3, 2)], strides=[2, 3], pads=[1, 0, 0, 1])
    c.add("Conv", lambda a, w: conv(a, w, stride=4), [x(2, 3, 8, 8), x(4, 3, 4, 4)], note="patches", strides=[4, 4])
    c.add("Conv", lambda a, w: conv(a, w, stride=3), [x(2, 3, 8, 7), x(4, 3, 2, 2)], note="stride beyond the kernel", strides=[3, 3])
    c.add("Conv", lambda a, w: conv(a, w, dilation=(2, 1), stride=(1, 2)), [x(1, 2, 7, 7), x(2, 2, 3, 3)], dilations=[2, 1], strides=[1, 2])
    c.add("Conv", lambda a, w: conv(a, w, dilation=2, padding=2), [x(1, 2, 7, 7), x(2, 2, 3, 3)], dilations=[2, 2], pads=[2, 2, 2, 2])
    c.add("Conv", lambda a, w, b: conv(a, w, b, groups=2, stride=2), [x(2, 4, 5, 5), x(6, 2, 3, 3), x(6)], group=2, strides=[2, 2])
    c.add("Conv", lambda a, w: conv(a, w, groups=3, padding=1), [x(2, 3, 5, 5), x(3, 1, 3, 3)], note="depthwise", group=3, pads=[1, 1, 1, 1])
    c.add("Conv", lambda a, w: conv(a, w, groups=2, dilation=2), [x(2, 4, 6, 6), x(2, 2, 2, 2)], group=2, dilations=[2, 2])
    for upper in (True, False):
        c.add("Conv", same(conv, (3, 2), (2, 2), (1, 1), upper), [x(1, 2, 6, 7), x(2, 2, 3, 2)], auto_pad="SAME_UPPER" if upper else "SAME_LOWER", strides=[2, 2])
    c.add("Conv", lambda a, w: conv(a, w), [x(1, 2, 6, 7), x(2, 2, 3, 2)], auto_pad="VALID")
    c.add("Conv", lambda a, w, b: F.conv1d(a, w, b, stride=2, padding=1), [x(2, 3, 9), x(4, 3, 3), x(4)], strides=[2], pads=[1, 1])
    c.add("Conv", lambda a, w: F.conv3d(a, w, padding=1), [x(1, 2, 3, 4, 3), x(2, 2, 3, 3, 3)], pads=[1] * 6)
    up = F.conv_transpose2d
    c.add("ConvTranspose", lambda a, w, b: up(a, w, b, stride=2, padding=1, output_padding=1), [x(2, 3, 4, 3), x(3, 2, 3, 3), x(2)], strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])
    c.add("ConvTranspose", lambda a, w, b: up(a, w, b, stride=2), [x(2, 3, 4, 3), x(3, 2, 2, 2), x(2)], strides=[2, 2])
    c.add("ConvTranspose", lambda a, w: up(a, w), [x(1, 2, 4, 4), x(2, 3, 2, 3)], note="no bias")
    c.add("ConvTranspose", lambda a, w: up(a, w, dilation=(2, 1)), [x(1, 2, 4, 4), x(2, 3, 2, 3)], dilations=[2, 1])
    c.add("ConvTranspose", lambda a, w: F.conv_transpose1d(a, w, groups=2), [x(1, 4, 4), x(4, 2, 3)], group=2)
    c.add("ConvTranspose", lambda a, w: up(a, w, groups=2, stride=2, padding=1), [x(2, 4, 3, 3), x(4, 2, 4, 4)], group=2, strides=[2, 2], pads=[1, 1, 1, 1])
    c.add("ConvTranspose", lambda a, w: up(a, w, stride=2, dilation=2, padding=1, output_padding=1), [x(1, 2, 3, 3), x(2, 2, 3, 3)], strides=[2, 2], dilations=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])
    c.add("ConvTranspose", lambda a, w: up(a, w, stride=3)[:, :, 1:-1, 1:-2], [x(1, 2, 3, 4), x(2, 2, 3, 4)], note="uneven padding", strides=[3, 3], pads=[1, 1, 1, 2])
    c.add("ConvTranspose", lambda a, w: up(a, w, stride=2)[:, :, :6, :6], [x(1, 2, 3, 3), x(2, 2, 3, 3)], auto_pad="SAME_UPPER", strides=[2, 2])


def pools(c):
    c.add("AveragePool", lambda a: F.avg_pool2d(a, (2, 3), 2), [x(2, 3, 5, 6)], kernel_shape=[2, 3], strides=[2, 2])
    c.add("AveragePool", lambda a: F.avg_pool2d(a, 3, 1, 1, count_include_pad=False), [x(1, 2, 5, 5)], kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    c.add("AveragePool", lambda a: F.avg_pool2d(a, 3, (2, 1), 1), [x(1, 2, 5, 5)], kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1, strides=[2, 1])
    c.add("AveragePool", lambda a: F.avg_pool2d(a, 2, 2, ceil_mode=True), [x(1, 2, 5, 7)], kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)
    c.add("AveragePool", lambda a: F.avg_pool2d(a, 3, 2, 1, ceil_mode=True, count_include_pad=False), [x(1, 2, 6, 6)], note="ceil_mode, padded", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1)
    c.add("AveragePool", lambda a: F.avg_pool2d(a, 3, 2, 1, ceil_mode=True, count_include_pad=True), [x(1, 2, 6, 6)], note="ceil_mode, pads counted", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1, count_include_pad=1)
    c.add("AveragePool", lambda a: F.avg_pool1d(a, 3, 1), [x(2, 3, 8)], kernel_shape=[3])
    c.add("AveragePool", lambda a: a.unfold(2, 3, 1)[..., [0, 2]].mean(-1), [x(2, 3, 8)], kernel_shape=[2], dilations=[2])
    c.add("AveragePool", lambda a: F.avg_pool2d(F.pad(a, (0, 1, 0, 1)), 2) * torch.tensor([[1.0, 1, 2], [1, 1, 2], [2, 2, 4]], dtype=a.dtype), [x(1, 2, 5, 5)], kernel_shape=[2, 2], strides=[2, 2], auto_pad="SAME_UPPER")
    c.add("AveragePool", lambda a: F.avg_pool3d(a, 2, 2), [x(1, 2, 4, 4, 4)], kernel_shape=[2, 2, 2], strides=[2, 2, 2])
    spread = lambda *s: x(*s, low=-30, high=30)
    c.add("MaxPool", lambda a: F.max_pool2d(a, (2, 3), 2), [spread(2, 3, 5, 6)], kernel_shape=[2, 3], strides=[2, 2])
    c.add("MaxPool", lambda a: F.max_pool2d(a, 3, 2, 1), [spread(1, 2, 6, 6)], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    c.add("MaxPool", lambda a: F.max_pool2d(a, 3, 2, 1, ceil_mode=True), [spread(2, 2, 6, 6)], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1)
    c.add("MaxPool", lambda a: F.max_pool2d(a, 2, 1, dilation=2), [spread(1, 2, 6, 6)], kernel_shape=[2, 2], dilations=[2, 2])
    c.add("MaxPool", lambda a: F.max_pool1d(a, 3, 2), [spread(2, 3, 8)], kernel_shape=[3], strides=[2])
    c.add("MaxPool", lambda a: F.max_pool3d(a, 2, 2), [spread(1, 2, 4, 4, 4)], kernel_shape=[2, 2, 2], strides=[2, 2, 2])
    c.add("MaxPool", lambda a: F.max_pool2d(F.pad(a, (0, 1, 0, 1), value=-1e9), 2), [spread(1, 2, 5, 5)], kernel_shape=[2, 2], strides=[2, 2], auto_pad="SAME_UPPER")
    c.add("GlobalAveragePool", lambda a: a.mean((2, 3), keepdim=True), [x(2, 3, 4, 5)])
    c.add("GlobalAveragePool", lambda a: a.mean(2, keepdim=True), [x(2, 3, 4)])
    c.add("GlobalMaxPool", lambda a: a.amax((2, 3), keepdim=True), [x(2, 3, 4, 5)])
    c.add("LpPool", lambda a: F.avg_pool2d(a * a, 2).mul(4).sqrt(), [x(2, 3, 4, 6)], kernel_shape=[2, 2], strides=[2, 2])
    c.add("LpPool", lambda a: F.avg_pool2d(a.abs() ** 3, 3, 1, 1).mul(9) ** (1 / 3), [x(1, 2, 4, 4)], kernel_shape=[3, 3], pads=[1, 1, 1, 1], p=3)
    c.add("GlobalLpPool", lambda a: (a * a).sum((2, 3), keepdim=True).sqrt(), [x(2, 3, 4, 5)])


def resizing(c):
    size = lambda *s: [None, None, ints(*s)]

    def separable(index, n, m):
        """[m, n] from source coordinates: linear interpolation, clamped at the borders."""
        w = torch.zeros(m, n, dtype=torch.float64)
        for i in range(m):
            p = min(max(index(i), 0), n - 1)
            lo = min(int(math.floor(p)), n - 1)
            w[i, lo] += 1 - (p - lo)
            w[i, min(lo + 1, n - 1)] += p - lo
        return w
    apply = lambda a, h, w: torch.einsum("ih,jw,nchw->ncij", h.to(a.dtype), w.to(a.dtype), a)
    nearest = lambda pick: lambda a, *_: a[:, :, pick(a.shape[2], 5)][:, :, :, pick(a.shape[3], 7)]
    c.add("Resize", nearest(lambda n, m: [math.floor(i * n / m) for i in range(m)]), [x(1, 2, 3, 4), *size(1, 2, 5, 7)], mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    c.add("Resize", nearest(lambda n, m: [min(math.ceil(i * n / m), n - 1) for i in range(m)]), [x(1, 2, 3, 4), *size(1, 2, 5, 7)], mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="ceil")
    c.add("Resize", lambda a, *_: F.interpolate(a, (5, 7), mode="nearest-exact"), [x(1, 2, 3, 4), *size(1, 2, 5, 7)], mode="nearest", coordinate_transformation_mode="half_pixel", nearest_mode="round_prefer_ceil")
    c.add("Resize", nearest(lambda n, m: [max(0, math.ceil((i + 0.5) * n / m - 1 - 1e-9)) for i in range(m)]), [x(1, 2, 3, 4), *size(1, 2, 5, 7)], mode="nearest")
    c.add("Resize", nearest(lambda n, m: [math.floor(i * (n - 1) / (m - 1) + 0.499) for i in range(m)]), [x(1, 2, 3, 4), *size(1, 2, 5, 7)], mode="nearest", coordinate_transformation_mode="align_corners")
    for scale in (2, 3):
        c.add("Resize", lambda a, *_, s=scale: F.interpolate(a, scale_factor=s, mode="nearest"), [x(2, 2, 3, 4), None, Constant([1, 1, scale, scale])], note=f"nearest by {scale}", mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    c.add("Resize", lambda a, *_: F.interpolate(a, scale_factor=2, mode="nearest"), [x(2, 2, 3, 4), None, Constant([1, 1, 2, 2])], note="nearest by 2, half pixel", mode="nearest")
    c.add("Resize", lambda a, *_: F.interpolate(a, (2, 3), mode="nearest"), [x(1, 2, 4, 6), *size(1, 2, 2, 3)], note="nearest, smaller", mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    for corners, mode in ((False, "half_pixel"), (True, "align_corners"), (False, "pytorch_half_pixel")):
        c.add("Resize", lambda a, *_, k=corners: F.interpolate(a, (5, 7), mode="bilinear", align_corners=k), [x(1, 2, 3, 4), *size(1, 2, 5, 7)], mode="linear", coordinate_transformation_mode=mode)
        c.add("Resize", lambda a, *_, k=corners: F.interpolate(a, (5, 7), mode="bicubic", align_corners=k), [x(1, 2, 3, 4), *size(1, 2, 5, 7)], mode="cubic", coordinate_transformation_mode=mode, cubic_coeff_a=-0.75)
    c.add("Resize", lambda a, *_: F.interpolate(a, (2, 3), mode="bilinear"), [x(1, 2, 5, 7), *size(1, 2, 2, 3)], note="linear, smaller", mode="linear")
    c.add("Resize", lambda a, *_: apply(a, separable(lambda i: i * 3 / 5, 3, 5), separable(lambda i: i * 4 / 7, 4, 7)), [x(1, 2, 3, 4), *size(1, 2, 5, 7)], mode="linear", coordinate_transformation_mode="asymmetric")
    c.add("Resize", lambda a, *_: F.interpolate(a, scale_factor=(1.5, 2), mode="bilinear", recompute_scale_factor=False), [x(1, 2, 4, 3), None, Constant([1, 1, 1.5, 2])], note="linear by scales", mode="linear")
    c.add("Resize", lambda a, *_: F.interpolate(a, (6,), mode="linear"), [x(2, 3, 4), *size(2, 3, 6)], note="one spatial axis", mode="linear")
    c.add("Resize", lambda a, *_: F.interpolate(a, (5, 7), mode="bilinear"), [x(1, 2, 3, 4), *size(5, 7)], note="axes", mode="linear", axes=[2, 3])
    c.add("Resize", lambda a, *_: F.interpolate(a, (4, 6, 4), mode="trilinear"), [x(1, 2, 2, 3, 2), *size(1, 2, 4, 6, 4)], note="three spatial axes", mode="linear")
    c.add("Resize", lambda a, *_: F.interpolate(a, (5, 7), mode="bilinear"), [x(1, 2, 3, 4), None, None, Fed(1, 2, 5, 7)], note="sizes at run time", mode="linear")


def layout(c):
    c.add("Reshape", lambda a, _: a.reshape(3, 4), [x(2, 6), ints(3, -1)])
    c.add("Reshape", lambda a, _: a.reshape(2, 3, 2), [x(2, 6), ints(0, 3, 2)], note="zero copies")
    c.add("Reshape", lambda a, _: a.reshape(4, 3), [x(2, 6), Fed(4, 3)], note="shape at run time")
    c.add("Flatten", lambda a: a.reshape(6, 4), [x(2, 3, 4)], axis=2)
    c.add("Flatten", lambda a: a.reshape(1, 24), [x(2, 3, 4)], axis=0)
    c.add("Flatten", lambda a: a.reshape(6, 4), [x(2, 3, 4)], axis=-1)
    c.add("Squeeze", lambda a, _: a.reshape(2, 3), [x(2, 1, 3), ints(-2)])
    c.add("Squeeze", lambda a: a.reshape(2, 3), [x(2, 1, 3, 1)], note="all ones")
    c.add("Unsqueeze", lambda a, _: a[None, :, :, None], [x(2, 3), ints(0, -1)])
    c.add("Expand", lambda a, _: a.expand(2, 3, 4), [x(3, 1), ints(2, 3, 4)])
    c.add("Expand", lambda a, _: a.expand(2, 3, 4), [x(3, 1), Fed(2, 3, 4)], note="shape at run time")
    c.add("Expand", lambda a, _: a * torch.ones(3, 1, dtype=a.dtype), [x(1, 4), ints(3, 1)], note="ones keep the size")
    c.add("Tile", lambda a, _: a.repeat(2, 3), [x(2, 3), ints(2, 3)])
    c.add("Tile", lambda a, _: a.repeat(1, 3, 2), [x(2, 1, 3), ints(1, 3, 2)])
    c.add("Tile", lambda a, _: a.repeat(2, 3), [x(2, 3), Fed(2, 3)], note="repeats at run time")
    c.add("Transpose", lambda a: a.permute(2, 0, 1), [x(2, 3, 4)], perm=[2, 0, 1])
    c.add("Transpose", lambda a: a.permute(2, 1, 0), [x(2, 3, 4)], note="reversed")
    c.add("Concat", lambda *v: torch.cat(v, -1), [x(2, 3), x(2, 1), x(2, 2)], axis=-1)
    c.add("Concat", lambda *v: torch.cat(v, 0), [x(2, 3), Constant(np.ones((1, 3))), x(1, 3)], note="with a constant", axis=0)
    c.add("Split", lambda a, _: a.split((1, 2, 3), 1), [x(2, 6), ints(1, 2, 3)], outputs=3, axis=1)
    c.add("Split", lambda a: a.split(2, 1), [x(2, 5)], outputs=3, axis=-1, num_outputs=3, note="uneven by count")
    c.add("Split", lambda a: a.chunk(3, 0), [x(6, 2)], outputs=3, opset=13, note="in equal parts")
    c.graph("Split with an unused part", [dict(op="Split", inputs=["x0", "x1"], outputs=["y0", "h", "y1"], attributes=dict(axis=0))], lambda a, _: (a[:1], a[3:]), [x(6, 2), ints(1, 2, 3)], results=("y0", "y1"))
    c.add("Slice", lambda a, *_: a[1:4, 2:], [x(5, 6), ints(1, -4), ints(4, 100), ints(0, 1)])
    c.add("Slice", lambda a, *_: a.flip(0)[::2][:, 1:6:3], [x(5, 6), ints(4, 1), ints(-10, 6), ints(0, 1), ints(-2, 3)], note="negative and wide steps")
    c.add("Slice", lambda a, *_: a.flip(1), [x(5, 6), ints(-1), ints(np.iinfo(np.int64).min + 1), ints(1), ints(-1)], note="reversed")
    c.add("Slice", lambda a, *_: a[1:3, :2], [x(5, 6), ints(1, 0), ints(3, 2)], note="no axes")
    c.add("Slice", lambda a, *_: a[:, :, -2:], [x(2, 3, 5), ints(-2), ints(np.iinfo(np.int64).max), ints(-1)], note="from the end")
    c.add("Slice", lambda a, *_: a[1:4], [x(5, 6), Fed(1), Fed(4), ints(0)], note="bounds at run time")
    c.add("Slice", lambda a, *_: a[-3:-1], [x(5, 6), Fed(-3), Fed(-1), ints(0)], note="negative bounds at run time")
    for mode in ("constant", "reflect", "edge", "wrap"):
        torch_mode = dict(constant="constant", reflect="reflect", edge="replicate", wrap="circular")[mode]
        c.add("Pad", lambda a, _, m=torch_mode: F.pad(a, (2, 1, 1, 2), mode=m), [x(1, 2, 4, 5), ints(0, 0, 1, 2, 0, 0, 2, 1)], note=mode, mode=mode)
    c.add("Pad", lambda a, *_: F.pad(a, (0, -1, 1, 2), value=0.5), [x(3, 4), ints(1, 0, 2, -1), Constant(0.5)], note="negative")
    c.add("Pad", lambda a, *_: F.pad(a, (1, 2)), [x(3, 4), ints(1, 2), None, ints(-1)], note="axes")
    c.add("Pad", lambda a, *_: F.pad(a, (1, 2, 0, 1)), [x(3, 4), Fed(0, 1, 1, 2)], note="amounts at run time")
    c.add("Pad", lambda a, _, v: torch.where(F.pad(torch.ones_like(a), (1, 2)) > 0, F.pad(a, (1, 2)), v), [x(3, 4), ints(0, 1, 0, 2), torch.tensor(0.3, dtype=torch.float64)], note="trainable value")
    c.add("Trilu", torch.triu, [x(3, 4)])
    c.add("Trilu", lambda a: a.tril(), [x(2, 3, 4)], upper=0)
    c.add("Trilu", lambda a, _: a.triu(1), [x(3, 4), scalar(1)])
    c.add("Trilu", lambda a, _: a.tril(-1), [x(4, 4), scalar(-1)], upper=0)
    dcr = lambda a, s: a.reshape(a.shape[0], s, s, -1, *a.shape[2:]).permute(0, 3, 4, 1, 5, 2).reshape(a.shape[0], -1, a.shape[2] * s, a.shape[3] * s)
    c.add("DepthToSpace", lambda a: dcr(a, 2), [x(2, 8, 2, 3)], blocksize=2)
    c.add("DepthToSpace", lambda a: F.pixel_shuffle(a, 2), [x(2, 8, 2, 3)], blocksize=2, mode="CRD")
    c.add("SpaceToDepth", lambda a: a.reshape(2, 2, 2, 2, 3, 2).permute(0, 3, 5, 1, 2, 4).reshape(2, 8, 2, 3), [x(2, 2, 4, 6)], blocksize=2)
    c.add("ReverseSequence", lambda a, _: torch.stack([torch.cat([a[:n, i].flip(0), a[n:, i]]) for i, n in enumerate((4, 2, 1))], 1), [x(4, 3, 2), ints(4, 2, 1)], batch_axis=1, time_axis=0)


def indexing(c):
    c.add("Gather", lambda a, i: a[i], [x(5, 3), np.array([[0, -1], [2, 2]])])
    c.add("Gather", lambda a, i: a[:, 3], [x(2, 5, 3), scalar(3)], axis=1)
    c.add("Gather", lambda a, i: a[..., i], [x(2, 5), ints(4, 4, 0)], axis=-1)
    c.add("Gather", lambda a, i: a[i], [x(7, 4), Fed([1, 3, 3], [0, 6, 1])], note="token ids at run time")
    c.add("GatherElements", lambda a, i: a.gather(1, i), [x(3, 4), np.array([[0, 1], [2, 0], [0, 3]])], axis=1)
    c.add("GatherElements", lambda a, i: a.gather(0, i), [x(3, 4), np.array([[0, 1, 2, 2], [2, 0, 0, 2]])], note="duplicates", axis=0)
    c.add("GatherElements", lambda a, i: a.gather(-1, i % 4), [x(3, 4), np.array([[-1, 1], [2, -2], [0, 3]])], note="negative indices", axis=-1)
    c.add("GatherND", lambda a, i: a[i[:, 0], i[:, 1]], [x(3, 4), np.array([[0, 1], [2, 3], [0, 1]])])
    c.add("GatherND", lambda a, i: a[i[..., 0]], [x(3, 4), np.array([[[2], [2]]])], note="rows")
    c.add("GatherND", lambda a, i: torch.stack([a[0, 1], a[1, 2]]), [x(2, 3, 4), np.array([[1], [2]])], batch_dims=1)
    c.add("GatherND", lambda a, i: torch.stack([a[0][[1, 0], [3, 0]], a[1][[2, 2], [1, 1]]]), [x(2, 3, 4), np.array([[[1, 3], [0, 0]], [[2, 1], [2, 1]]])], note="batch_dims, duplicates", batch_dims=1)
    for reduction in ("none", "add"):
        def scatter_nd(a, i, u, r=reduction):
            return a.index_put((i[:, 0],), u, accumulate=r == "add")
        c.add("ScatterND", scatter_nd, [x(4, 3), np.array([[1], [3]]), x(2, 3)], reduction=reduction)
        def scatter(a, i, u, r=reduction):
            return a.scatter(1, i, u) if r == "none" else a.scatter_add(1, i, u)
        c.add("ScatterElements", scatter, [x(3, 4), np.array([[0, 1], [2, 0], [3, 1]]), x(3, 2)], reduction=reduction, axis=1)
    c.add("ScatterND", lambda a, i, u: a.index_put((i[:, 0], i[:, 1]), u, accumulate=True), [x(3, 3), np.array([[0, 1], [0, 1], [2, 2]]), x(3)], note="add with duplicates", reduction="add")
    c.add("ScatterElements", lambda a, i, u: a.scatter_add(0, i, u), [x(3, 4), np.array([[0, 1, 1, 2], [0, 1, 0, 2]]), x(2, 4)], note="add with duplicates", reduction="add", axis=0)
    c.add("ScatterElements", lambda a, i, u: a.scatter_reduce(0, i, u, "prod"), [x(3, 4), np.array([[0, 1, 1, 2], [1, 2, 0, 0]]), x(2, 4)], reduction="mul", axis=0)
    c.add("ScatterND", lambda a, i, u: a.index_put((i[:, 0],), a[i[:, 0]] * u), [x(4, 3), np.array([[1], [3]]), x(2, 3)], reduction="mul")
    for kind, f in (("max", torch.maximum), ("min", torch.minimum)):
        c.add("ScatterElements", lambda a, i, u, k=kind: a.scatter_reduce(0, i, u, "a" + k), [x(3, 4), np.array([[0, 1, 1, 2], [1, 2, 0, 0]]), x(2, 4)], reduction=kind, axis=0)
        c.add("ScatterND", lambda a, i, u, f=f: a.index_put((i[:, 0],), f(a[i[:, 0]], u)), [x(4, 3), np.array([[1], [3]]), x(2, 3)], reduction=kind)
    c.add("Compress", lambda a, m: a[m], [x(4, 3), np.array([True, False, True, True])], axis=0)
    c.add("OneHot", lambda i, d, v: F.one_hot(i, 4).to(v.dtype) * (v[1] - v[0]) + v[0], [ints(1, 3, 0), scalar(4), x(2)])


def chains(c):
    """Several operators, as exporters write them."""
    shape_chain = [dict(op="Shape", inputs=["x0"], outputs=["s"]), dict(op="Gather", inputs=["s", "x1"], outputs=["d"]), dict(op="Concat", inputs=["d", "x2"], outputs=["t"], attributes=dict(axis=0)), dict(op="Reshape", inputs=["x0", "t"], outputs=["y0"])]
    c.graph("Shape, Gather, Concat, Reshape", shape_chain, lambda a, *_: a.reshape(a.shape[0], -1), [x(2, 3, 4), ints(0), ints(-1)])
    c.graph("Range as positions", [dict(op="Shape", inputs=["x0"], outputs=["s"]), dict(op="Squeeze", inputs=["s"], outputs=["n"]), dict(op="Range", inputs=["x1", "n", "x2"], outputs=["r"]), dict(op="Gather", inputs=["x3", "r"], outputs=["p"]), dict(op="Mul", inputs=["x0", "p"], outputs=["y0"])],
            lambda a, _, __, t: a * t[:a.shape[0]], [x(3), scalar(0), scalar(1), x(5)])
    c.graph("ConstantOfShape and Expand", [dict(op="Shape", inputs=["x0"], outputs=["s"]), dict(op="ConstantOfShape", inputs=["s"], outputs=["z"]), dict(op="Add", inputs=["z", "x1"], outputs=["y0"])], lambda a, b: torch.zeros_like(a) + b, [x(2, 3), x(3)])
    c.graph("sequence of equal parts", [dict(op="SplitToSequence", inputs=["x0", "x1"], outputs=["q"], attributes=dict(axis=1)), dict(op="SequenceAt", inputs=["q", "x2"], outputs=["a"]), dict(op="SequenceAt", inputs=["q", "x3"], outputs=["b"]), dict(op="Mul", inputs=["a", "b"], outputs=["y0"])],
            lambda a, *_: a[:, 2:4] * a[:, 4:], [x(2, 6), scalar(2), scalar(1), scalar(2)])
    c.graph("sequence of parts given at run time", [dict(op="SplitToSequence", inputs=["x0", "x1"], outputs=["q"], attributes=dict(axis=1)), dict(op="SequenceAt", inputs=["q", "x2"], outputs=["a"]), dict(op="SequenceAt", inputs=["q", "x3"], outputs=["b"]), dict(op="Mul", inputs=["a", "b"], outputs=["y0"])],
            lambda a, *_: a[:, 1:3] * a[:, 4:6], [x(2, 6), Fed(1, 2, 1, 2), scalar(1), scalar(-1)])
    c.graph("sequence joined again", [dict(op="SplitToSequence", inputs=["x0"], outputs=["q"], attributes=dict(axis=0, keepdims=0)), dict(op="SequenceAt", inputs=["q", "x1"], outputs=["a"]), dict(op="SequenceConstruct", inputs=["a", "x2"], outputs=["r"]), dict(op="ConcatFromSequence", inputs=["r"], outputs=["y0"], attributes=dict(axis=0, new_axis=1))],
            lambda a, _, b: torch.stack([a[1], b]), [x(3, 2), scalar(1), x(2)])
    c.graph("softmax with a NaN guard", [dict(op="Softmax", inputs=["x0"], outputs=["p"]), dict(op="IsNaN", inputs=["p"], outputs=["m"]), dict(op="Where", inputs=["m", "x1", "p"], outputs=["y0"])], lambda a, _: a.softmax(-1), [x(2, 5), Constant(0)])
    c.graph("pooling at an ArgMax", [dict(op="ArgMax", inputs=["x1"], outputs=["i"], attributes=dict(axis=-1, keepdims=0)), dict(op="Unsqueeze", inputs=["i", "x2"], outputs=["j"]), dict(op="GatherND", inputs=["x0", "j"], outputs=["y0"], attributes=dict(batch_dims=1))],
            lambda a, ids, _: a[torch.arange(2), ids.argmax(-1)], [x(2, 4, 3), Fed([1, 9, 2, 3], [7, 1, 2, 3]), ints(-1)])
    c.graph("a value used three times", [dict(op="Mul", inputs=["x0", "x0"], outputs=["h"]), dict(op="Add", inputs=["h", "x0"], outputs=["y0"])], lambda a: a * a + a, [x(4)])
    c.graph("group norm of the TorchScript exporter", [dict(op="Reshape", inputs=["x0", "x1"], outputs=["r"]), dict(op="InstanceNormalization", inputs=["r", "x2", "x3"], outputs=["n"]), dict(op="Shape", inputs=["x0"], outputs=["s"]), dict(op="Reshape", inputs=["n", "s"], outputs=["m"]), dict(op="Mul", inputs=["m", "x4"], outputs=["y0"])],
            lambda a, _, __, ___, w: F.group_norm(a, 2) * w, [x(2, 4, 3, 3), ints(0, 2, -1), Constant([1, 1]), Constant([0, 0]), x(4, 1, 1)])


if __name__ == "__main__":
    cases = Cases()
    write_cases(cases)
    cases.save(pathlib.Path(sys.argv[1]))

"""Cases for operators that are taken apart first: ONNX 23 and 24, and what ONNX Runtime's optimizer fuses."""
import math

import numpy as np
import torch
import torch.nn.functional as F

from case_writer import Constant

generator = torch.Generator().manual_seed(6)


def x(*shape, low=-1.5, high=1.5):
    return torch.rand(shape, generator=generator, dtype=torch.float64) * (high - low) + low


def heads(a, n):
    """[N, S, n·H] → [N, n, S, H]."""
    return a.reshape(a.shape[0], a.shape[1], n, -1).transpose(1, 2)


def merged(a):
    return a.transpose(1, 2).flatten(2)


def attend(q, k, v, scale=None, bias=None, cap=0.0):
    scores = q @ k.transpose(-1, -2) * (scale or 1 / math.sqrt(q.shape[-1]))
    if cap:
        scores = cap * torch.tanh(scores / cap)
    return (scores if bias is None else scores + bias).softmax(-1) @ v


def causal(s, t, dtype, low=-1e30):
    return torch.zeros(s, t, dtype=dtype).masked_fill(torch.ones(s, t).tril().logical_not(), low)


def rms(a, w, eps=1e-5, axis=-1):
    return a / ((a * a).mean(tuple(range(axis % a.dim(), a.dim())), keepdim=True) + eps).sqrt() * w


def rotate(a, cos, sin, interleaved=False, part=0):
    """a [N, heads, S, H], cos and sin [N or 1, S, R/2]."""
    rest = a[..., part:] if part else a[..., :0]
    a = a[..., :part] if part else a
    p, q = (a[..., ::2], a[..., 1::2]) if interleaved else a.chunk(2, -1)
    c, s = cos[:, None].to(a.dtype), sin[:, None].to(a.dtype)
    re, im = p * c - q * s, p * s + q * c
    return torch.cat([torch.stack([re, im], -1).flatten(-2) if interleaved else torch.cat([re, im], -1), rest], -1)


def standard_23(c):
    c.add("RMSNormalization", rms, [x(2, 3, 8), x(8)], opset=23)
    c.add("RMSNormalization", lambda a, w: rms(a, w, 0.1, 1), [x(2, 3, 4), x(3, 4)], opset=23, axis=1, epsilon=0.1)
    c.add("Swish", F.silu, [x(3, 4)], opset=24)
    c.add("Swish", lambda a: a * torch.sigmoid(1.7 * a), [x(3, 4)], opset=24, alpha=1.7)
    four = lambda n, m, s, t, h: [x(2, n, s, h), x(2, m, t, h), x(2, m, t, h)]
    c.add("Attention", lambda q, k, v: attend(q, k, v), four(2, 2, 3, 5, 4), opset=23)
    c.add("Attention", lambda q, k, v: attend(q, k, v, 0.3), four(2, 2, 3, 3, 4), note="scale", opset=23, scale=0.3)
    c.add("Attention", lambda q, k, v: attend(q, k, v, bias=causal(4, 4, q.dtype)), four(2, 2, 4, 4, 4), note="causal", opset=23, is_causal=1)
    c.add("Attention", lambda q, k, v, m: attend(q, k, v, bias=m), [*four(2, 2, 3, 5, 4), x(3, 5)], note="additive mask", opset=23)
    mask = np.array([[True, True, False, True, True], [True] * 5, [False, True, True, False, True]])
    c.add("Attention", lambda q, k, v, m: attend(q, k, v, bias=torch.zeros(3, 5, dtype=q.dtype).masked_fill(~m, -1e30)), [*four(2, 2, 3, 5, 4), mask], note="boolean mask", opset=23)
    c.add("Attention", lambda q, k, v: attend(q, k.repeat_interleave(2, 1), v.repeat_interleave(2, 1)), four(4, 2, 3, 5, 4), note="grouped queries", opset=23)
    c.add("Attention", lambda q, k, v: attend(q, k, v, cap=2.0), four(2, 2, 3, 5, 4), note="softcap", opset=23, softcap=2.0)
    three = [x(2, 3, 8), x(2, 5, 8), x(2, 5, 8)]
    c.add("Attention", lambda q, k, v: merged(attend(heads(q, 2), heads(k, 2), heads(v, 2))), three, note="three axes", opset=23, q_num_heads=2, kv_num_heads=2)
    c.add("Attention", lambda q, k, v: merged(attend(heads(q, 4), heads(k, 2).repeat_interleave(2, 1), heads(v, 2).repeat_interleave(2, 1))), [x(2, 3, 16), x(2, 5, 8), x(2, 5, 8)], note="three axes, grouped", opset=23, q_num_heads=4, kv_num_heads=2)
    past = lambda q, k, v, _, pk, pv: (attend(q, torch.cat([pk, k], 2), torch.cat([pv, v], 2)), torch.cat([pk, k], 2), torch.cat([pv, v], 2))
    c.add("Attention", past, [*four(2, 2, 3, 3, 4), None, x(2, 2, 2, 4), x(2, 2, 2, 4)], note="past and present", opset=23, outputs=3)
    table = lambda n, h: (Constant(np.cos(np.arange(n * h).reshape(n, h))), Constant(np.sin(np.arange(n * h).reshape(n, h))))
    cos, sin = table(6, 2)
    positions = np.array([[0, 1, 2], [3, 5, 1]])
    for interleaved in (0, 1):
        c.add("RotaryEmbedding", lambda a, u, w, p, i=interleaved: rotate(a, u[p], w[p], i), [x(2, 3, 3, 4), cos, sin, positions], opset=23, interleaved=interleaved)
    c.add("RotaryEmbedding", lambda a, u, w, p: merged(rotate(heads(a, 2), u[p], w[p], part=4)), [x(2, 3, 16), cos, sin, positions], note="three axes, a part", opset=23, num_heads=2, rotary_embedding_dim=4)
    c.add("RotaryEmbedding", lambda a, u, w: rotate(a, u, w), [x(2, 3, 3, 4), Constant(np.cos(np.arange(12).reshape(2, 3, 2))), Constant(np.sin(np.arange(12).reshape(2, 3, 2)))], note="caches per position", opset=23)


def fused(c):
    ms = "com.microsoft"
    c.add("SimplifiedLayerNormalization", rms, [x(2, 3, 8), x(8)], epsilon=1e-5)
    c.add("Gelu", F.gelu, [x(3, 8)], note="fused", domain=ms)
    c.add("BiasGelu", lambda a, b: F.gelu(a + b), [x(2, 3, 8), x(8)], domain=ms)
    c.add("FastGelu", lambda a, b: F.gelu(a + b, approximate="tanh"), [x(2, 3, 8), x(8)], domain=ms)
    c.add("FastGelu", lambda a: F.gelu(a, approximate="tanh"), [x(2, 3, 8)], domain=ms)
    c.add("QuickGelu", lambda a: a * torch.sigmoid(1.702 * a), [x(3, 8)], domain=ms)
    c.add("QuickGelu", lambda a: a * torch.sigmoid(0.8 * a), [x(3, 8)], domain=ms, alpha=0.8)
    layer = lambda a, w, b=None: F.layer_norm(a, (8,), w, b, 1e-5)
    c.add("SkipLayerNormalization", lambda a, s, w, b: layer(a + s, w, b), [x(2, 3, 8), x(2, 3, 8), x(8), x(8)], domain=ms, epsilon=1e-5)
    summed = lambda a, s, w, b, d: (layer(a + s + d, w, b), None, None, a + s + d)
    c.add("SkipLayerNormalization", summed, [x(2, 3, 8), x(2, 3, 8), x(8), x(8), x(8)], note="bias and sum", outputs=4, domain=ms, epsilon=1e-5)
    c.add("SkipSimplifiedLayerNormalization", lambda a, s, w: rms(a + s, w), [x(2, 3, 8), x(2, 3, 8), x(8)], domain=ms, epsilon=1e-5)
    c.add("SkipSimplifiedLayerNormalization", lambda a, s, w, d: (rms(a + s + d, w), None, None, a + s + d), [x(2, 3, 8), x(2, 3, 8), x(8), x(8)], note="bias and sum", outputs=4, domain=ms, epsilon=1e-5)
    words, places, kinds = x(9, 8), x(4, 8), x(2, 8)
    embedded = lambda i, s, w, p, k, g, b: layer(w[i.long()] + p[: i.shape[1]] + k[s.long()], g, b)
    c.add("EmbedLayerNormalization", lambda *v: (embedded(*v), None), [np.array([[1, 2, 8], [0, 1, 1]], np.int32), np.array([[0, 1, 1], [0, 0, 0]], np.int32), words, places, kinds, x(8), x(8)], outputs=2, domain=ms, epsilon=1e-5)
    for ta, tb in ((0, 1), (1, 0), (1, 1)):
        shapes = (2, 4, 3) if ta else (2, 3, 4), (2, 5, 4) if tb else (2, 4, 5)
        c.add("FusedMatMul", lambda a, b, ta=ta, tb=tb: 0.5 * (a.transpose(1, 2) if ta else a) @ (b.transpose(1, 2) if tb else b), [x(*s) for s in shapes], domain=ms, alpha=0.5, transA=ta, transB=tb)
    c.add("FusedGemm", lambda a, b, d: F.leaky_relu(a @ b + d, 0.2), [x(2, 3), x(3, 4), x(4)], domain=ms, activation="LeakyRelu", activation_alpha=0.2)
    c.add("FusedConv", lambda a, w, b: F.relu(F.conv2d(a, w, b, padding=1)), [x(1, 2, 5, 5), x(3, 2, 3, 3), x(3)], domain=ms, activation="Relu", pads=[1, 1, 1, 1])
    c.add("FusedConv", lambda a, w, b, z: F.leaky_relu(F.conv2d(a, w, b) + z, 0.3), [x(1, 2, 5, 5), x(3, 2, 3, 3), x(3), x(1, 3, 3, 3)], note="with a sum", domain=ms, activation="LeakyRelu", activation_params=[0.3])
    c.add("TransposeMatMul", lambda a, b: a @ b.transpose(1, 2), [x(2, 3, 4), x(2, 5, 4)], domain=ms, transB=1)
    c.add("Trilu", lambda a: a.triu(), [x(3, 4)], note="fused", domain=ms)
    three = lambda s, t: [x(2, s, 8), x(2, t, 8), x(2, t, 8)]
    mha = lambda q, k, v, scale=None, bias=None: merged(attend(heads(q, 2), heads(k, 2), heads(v, 2), scale, bias))
    add = lambda mask, dtype: torch.where(mask > 0, 0.0, -10000.0).to(dtype)
    c.add("MultiHeadAttention", mha, three(3, 5), domain=ms, num_heads=2)
    c.add("MultiHeadAttention", lambda q, k, v: mha(q, k, v, 0.3), three(3, 5), note="scale", domain=ms, num_heads=2, scale=0.3)
    c.add("MultiHeadAttention", lambda q, k, v, b: mha(q + b[:8], k + b[8:16], v + b[16:]), [*three(3, 3), x(24)], note="bias", domain=ms, num_heads=2)
    c.add("MultiHeadAttention", lambda q, k, v, _, m: mha(q, k, v, bias=add(m, q.dtype)[:, None, None]), [*three(3, 5), None, np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], np.int32)], note="key padding", domain=ms, num_heads=2)
    c.add("MultiHeadAttention", lambda q, k, v, _, __, e: mha(q, k, v, bias=e), [*three(3, 5), None, None, x(2, 2, 3, 5)], note="attention bias", domain=ms, num_heads=2)
    c.add("MultiHeadAttention", lambda q, k, v: mha(q, k, v, bias=causal(4, 4, q.dtype)), three(4, 4), note="unidirectional", domain=ms, num_heads=2, unidirectional=1)
    c.add("MultiHeadAttention", lambda q, k, v: merged(attend(heads(q, 2), k, v)), [x(2, 3, 8), x(2, 2, 5, 4), x(2, 2, 5, 4)], note="keys as heads", domain=ms, num_heads=2)
    packed = lambda f: lambda a, w, b, *rest: f(*(a @ w + b).chunk(3, -1), *rest)
    qkv = lambda: [x(2, 3, 6), x(6, 24), x(24)]
    c.add("Attention", packed(mha), qkv(), note="fused", domain=ms, num_heads=2)
    c.add("Attention", packed(lambda q, k, v: mha(q, k, v, bias=causal(3, 3, q.dtype))), qkv(), note="fused, unidirectional", domain=ms, num_heads=2, unidirectional=1)
    c.add("Attention", packed(lambda q, k, v, m: mha(q, k, v, bias=add(m, q.dtype)[:, None, None])), [*qkv(), np.array([[1, 1, 0], [1, 1, 1]], np.int32)], note="fused, mask", domain=ms, num_heads=2)
    c.add("Attention", packed(lambda q, k, v, n: mha(q, k, v, bias=add((torch.arange(3) < n[:, None]).int(), q.dtype)[:, None, None])), [*qkv(), np.array([2, 3], np.int32)], note="fused, lengths", domain=ms, num_heads=2)
    cos, sin = Constant(np.cos(np.arange(12).reshape(6, 2))), Constant(np.sin(np.arange(12).reshape(6, 2)))
    positions = np.array([[0, 1, 2], [3, 5, 1]])
    for interleaved in (0, 1):
        c.add("RotaryEmbedding", lambda a, p, u, w, i=interleaved: merged(rotate(heads(a, 2), u[p], w[p], i)), [x(2, 3, 8), positions, cos, sin], note=f"fused, interleaved={interleaved}", domain=ms, interleaved=interleaved)
    c.add("RotaryEmbedding", lambda a, p, u, w: rotate(a, u[None, 1:4], w[None, 1:4]), [x(2, 2, 3, 4), np.array([1]), cos, sin], note="fused, an offset", domain=ms)

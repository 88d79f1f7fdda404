"""Each part of the icon model as an ONNX graph. `export.py` writes the folder and compares it with PyTorch."""
import math

import numpy as np
from onnx import TensorProto

from model import EOS, SIGMA_FLOOR
from onnx_graph import Graph

I64 = TensorProto.INT64


def _text_trunk(g, trunk, path, ids, mask_f):
    """(normalised states [B, S, width]); mask_f is the attention mask as float."""
    x = g.op("Gather", g.weight(f"{path}.token_embedding.weight", trunk.token_embedding.weight), ids, at=path, axis=0)
    x = g.op("Add", x, g.weight(f"{path}.position_embedding", trunk.position_embedding), at=path)
    bias = g.op("Mul", g.op("Sub", mask_f, g.constant(1.0), at=path), g.constant(1e4), at=path)
    bias = g.op("Unsqueeze", bias, g.constant([1, 2], np.int64), at=path)
    for i, layer in enumerate(trunk.layers):
        p = f"{path}.layers.{i}"
        width = layer.to_q.in_features
        size = width // layer.heads
        h = g.rms_norm(x, layer.norm1, f"{p}.norm1")
        q, k, v = (g.heads(g.linear(h, getattr(layer, n), f"{p}.{n}"), layer.heads, size, p) for n in ("to_q", "to_k", "to_v"))
        y = g.attend(g.op("Mul", q, g.constant(size**-0.5), at=p), k, v, bias, width, p)
        x = g.op("Add", x, g.linear(y, layer.to_out[0], f"{p}.to_out.0"), at=p)
        x = g.op("Add", x, g.feed_forward(g.rms_norm(x, layer.norm2, f"{p}.norm2"), layer.ff, f"{p}.ff"), at=p)
    return g.rms_norm(x, trunk.norm, f"{path}.norm")


def text_encoder(model, path):
    s = model.shape
    g = Graph("icon_text_encoders")
    ids, mask = g.input("input_ids", ["batch", s.length], I64), g.input("attention_mask", ["batch", s.length], I64)
    mask_f = g.op("Cast", mask, to=TensorProto.FLOAT)
    mask_3 = g.op("Unsqueeze", mask_f, g.constant([2], np.int64))
    generative = _text_trunk(g, model.generative, "generative", ids, mask_f)
    g.output(g.op("Mul", generative, mask_3, at="generative"), "last_hidden_state", ["batch", s.length, s.text_width])

    c, at = model.contrastive, "contrastive"
    states = _text_trunk(g, c.trunk, "contrastive.trunk", ids, mask_f)
    word = g.op("Cast", g.op("Greater", ids, g.constant(EOS, np.int64), at=at), at=at, to=TensorProto.FLOAT)
    content = g.op("Mul", word, mask_f, at=at)
    axis1 = g.constant([1], np.int64)
    total = g.op("ReduceSum", g.op("Mul", states, g.op("Unsqueeze", content, g.constant([2], np.int64), at=at), at=at), axis1, at=at, keepdims=0)
    count = g.op("ReduceSum", content, axis1, at=at, keepdims=1)
    any_word = g.op("Min", count, g.constant(1.0), at=at)
    mean = g.op("Div", total, g.op("Max", count, g.constant(1.0), at=at), at=at)
    pooled = g.unit(g.linear(mean, c.projection, "contrastive.projection"), at)
    g.output(g.op("Mul", pooled, any_word, at=at), "pooled_output", ["batch", s.embedding])
    g.save(path, "Two text encoders that share nothing: last_hidden_state (generative) and pooled_output (contrastive, unit length, 0 for the empty prompt).")


def image_encoder(model, path):
    t, g = model.tower, Graph("icon_image_encoder")
    x = g.input("pixel_values", ["batch", 3, 64, 64])
    h = g.conv(g.pixel_unshuffle(x, 3, 64, 4), t.stem, "stem")
    for i, (conv, norm, down) in enumerate(((t.conv1, t.norm1, t.down1), (t.conv2, t.norm2, t.down2), (t.conv3, t.norm3, None)), 1):
        y = g.op("Relu", g.channel_norm(h, norm, f"norm{i}"), at=f"conv{i}")
        h = g.op("Add", h, g.conv(y, conv, f"conv{i}"), at=f"conv{i}")
        if down is not None:
            h = g.conv(g.op("Relu", h, at=f"down{i}"), down, f"down{i}")
    h = g.rms(g.reshape(g.transpose(h, [0, 2, 3, 1]), [0, -1]), "hidden")
    h = g.op("Relu", g.linear(h, t.hidden, "hidden"), at="hidden")
    g.output(g.unit(g.linear(h, t.projection, "projection"), "projection"), "image_embeds", ["batch", model.shape.embedding])
    g.save(path, "A picture in [-1, 1] to its unit vector in the contrastive space.")


def prior(translator, embedding, path):
    g = Graph("icon_prior")
    x = g.input("text_embeds", ["batch", embedding])
    w = lambda n: g.weight(n, getattr(translator, n))
    x = g.op("Div", g.op("Sub", x, w("text_mean")), w("text_std"))
    h = g.linear(x, translator.linear, "linear")
    for i, (inner, outer) in enumerate(zip(translator.inner, translator.outer)):
        y = g.silu(g.linear(g.rms(h, f"inner.{i}"), inner, f"inner.{i}"), f"inner.{i}")
        h = g.op("Add", h, g.linear(y, outer, f"outer.{i}"), at=f"outer.{i}")
    h = g.op("Add", g.op("Mul", h, w("image_std")), w("image_mean"))
    g.output(g.unit(h, "unit"), "image_embeds", ["batch", embedding])
    g.save(path, "A text's contrastive embedding to the image embedding it should have (method 3's translator).")


def _conv_block(g, x, block, c, outside, path):
    m = g.reshape(g.linear(c, block.modulation, f"{path}.modulation"), [0, -1, 1, 1], at=path)
    scale, shift = g.slice(m, 1, 0, outside, path), g.slice(m, 1, outside, 2 * outside, path)
    h = g.conv(g.op("Relu", g.channel_norm(x, block.norm1, f"{path}.norm1"), at=path), block.conv1, f"{path}.conv1")
    h = g.channel_norm(h, block.norm2, f"{path}.norm2")
    h = g.op("Add", g.op("Mul", h, g.op("Add", scale, g.constant(1.0), at=path), at=path), shift, at=path)
    h = g.conv(g.op("Relu", h, at=path), block.conv2, f"{path}.conv2")
    skip = g.conv(x, block.skip, f"{path}.skip") if hasattr(block.skip, "weight") else x
    return g.op("Add", skip, h, at=path)


def _block(g, x, text, bias, modulation, block, path):
    a, p = block.attn, f"{path}.attn"
    m = g.op("Add", modulation, g.weight(f"{path}.scale_shift_table", block.scale_shift_table), at=path)
    part = lambda i: g.slice(m, 1, i, i + 1, path)

    def modulated(y, scale, shift, at):
        y = g.op("Mul", g.rms(y, at), g.op("Add", scale, g.constant(1.0), at=at), at=at)
        return g.op("Add", y, shift, at=at)

    h = modulated(x, part(0), part(1), f"{path}.norm1")
    heads = lambda y, n: g.heads(g.linear(y, getattr(a, n), f"{p}.{n}"), a.heads, a.size, p)
    q = g.op("Mul", g.rms_norm(heads(h, "to_q"), a.norm_q, f"{p}.norm_q"), g.constant(a.size**-0.5), at=p)
    k = g.rms_norm(heads(h, "to_k"), a.norm_k, f"{p}.norm_k")
    k_text = g.rms_norm(heads(text, "add_k_proj"), a.norm_added_k, f"{p}.norm_added_k")
    k = g.op("Concat", k, k_text, at=p, axis=2)
    v = g.op("Concat", heads(h, "to_v"), heads(text, "add_v_proj"), at=p, axis=2)
    y = g.linear(g.attend(q, k, v, bias, a.heads * a.size, p), a.to_out[0], f"{p}.to_out.0")
    x = g.op("Add", x, g.op("Mul", part(2), y, at=path), at=path)
    h = modulated(x, part(3), part(4), f"{path}.norm2")
    return g.op("Add", x, g.op("Mul", part(5), g.feed_forward(h, block.ff, f"{path}.ff"), at=path), at=path)


def transformer(model, path):
    n, s = model.generator, model.shape
    d, c = s.width, s.channels
    g = Graph("icon_transformer")
    z = g.input("hidden_states", ["batch", 3, 64, 64])
    timestep = g.input("timestep", ["batch"])
    text = g.input("encoder_hidden_states", ["batch", "sequence", s.text_width])
    pooled = g.input("pooled_projections", ["batch", s.embedding])
    # Required, not an initializer with a default: onnxruntime-node ignores feeds that override initializers, silently.
    bias = g.input("encoder_attention_bias", ["batch", "sequence"])
    t = g.reshape(timestep, [-1, 1])

    # Conditioning.
    freq = np.exp(np.arange(128) * (-math.log(1e4) / 128)).astype(np.float32)[None]
    angle = g.op("Mul", t, g.constant(freq), at="time")
    wave = g.op("Concat", g.op("Cos", angle, at="time"), g.op("Sin", angle, at="time"), at="time", axis=1)
    time = g.linear(g.silu(g.linear(wave, n.time_in, "time_in"), "time_in"), n.time_out, "time_out")
    score = g.transpose(g.linear(text, n.text_pool.query, "text_pool.query"), [0, 2, 1], "text_pool")
    score = g.op("Add", score, g.op("Unsqueeze", bias, g.constant([1], np.int64), at="text_pool"), at="text_pool")
    asked = g.op("MatMul", g.op("Softmax", score, at="text_pool", axis=-1), text, at="text_pool")
    said = g.linear(g.reshape(asked, [0, -1], "text_pool"), n.text_pool.proj, "text_pool.proj")
    said = g.op("Add", said, g.linear(g.op("Mul", pooled, g.constant(s.embedding**0.5)), n.pooled_proj, "pooled_proj"))
    cond = g.silu(g.op("Add", time, said))

    # Picture to tokens.
    h = g.conv(g.pixel_unshuffle(z, 3, 64, 4, "stem"), n.stem, "stem")
    h = _conv_block(g, h, n.down_block, cond, c, "down_block")
    x = g.transpose(g.reshape(g.conv(h, n.down, "down"), [0, d, 64], "down"), [0, 2, 1], "down")
    x = g.op("Add", x, g.weight("position", n.position))
    where = g.silu(g.linear(g.rms(said, "spatial_in"), n.spatial_in, "spatial_in"), "spatial_in")
    x = g.op("Add", x, g.reshape(g.linear(where, n.spatial_out, "spatial_out"), [0, 64, d], "spatial_out"))

    # Blocks. One bias row for all queries: 0 for the 64 picture tokens, then the text's.
    modulation = g.reshape(g.linear(cond, n.modulation, "modulation"), [0, 6, d], "modulation")
    own = g.op("Mul", t, g.constant(np.zeros((1, 64), np.float32)))
    row = g.op("Unsqueeze", g.op("Concat", own, bias, axis=1), g.constant([1, 2], np.int64))
    for i, block in enumerate(n.transformer_blocks):
        x = _block(g, x, text, row, modulation, block, f"transformer_blocks.{i}")

    # Tokens to picture.
    x = g.transpose(g.linear(g.rms(x, "up"), n.up, "up"), [0, 2, 1], "up")
    x = g.pixel_shuffle(x, c, 16, 2, "up")
    h = _conv_block(g, g.op("Concat", x, h, at="up_block", axis=1), n.up_block, cond, c, "up_block")
    h = g.pixel_shuffle(g.conv(h, n.fine_in, "fine_in"), s.fine, 32, 2, "fine_in")
    h = g.conv(g.op("Concat", h, g.pixel_unshuffle(z, 3, 64, 2, "fine_conv"), at="fine_conv", axis=1), n.fine_conv, "fine_conv")
    m = g.reshape(g.linear(cond, n.fine_modulation, "fine_modulation"), [0, -1, 1, 1], "fine_modulation")
    scale = g.op("Add", g.slice(m, 1, 0, 32, "fine_modulation"), g.constant(1.0), at="fine_modulation")
    h = g.op("Add", g.op("Mul", h, scale, at="fine_out"), g.slice(m, 1, 32, 64, "fine_modulation"), at="fine_out")
    clean = g.pixel_shuffle(g.conv(g.op("Relu", h, at="fine_out"), n.fine_out, "fine_out"), 3, 64, 2, "fine_out")

    # Velocity (noise - data) from the predicted clean picture.
    sigma = g.op("Max", g.op("Mul", timestep, g.constant(0.001)), g.constant(SIGMA_FLOOR))
    velocity = g.op("Div", g.op("Sub", z, clean), g.reshape(sigma, [-1, 1, 1, 1]))
    g.output(velocity, "out_sample", ["batch", 3, 64, 64])
    g.save(path, "Flow-matching velocity (noise - data); timestep is 1000 * sigma.")


def upscaler(net, path):
    g = Graph("icon_upscaler")
    x = g.input("sample", ["batch", 3, 64, 64])
    h = g.conv(x, net.stem, "stem")
    for i, (first, second) in enumerate(zip(net.first, net.second)):
        y = g.conv(g.op("Relu", h, at=f"first.{i}"), first, f"first.{i}")
        h = g.op("Add", h, g.conv(g.op("Relu", y, at=f"second.{i}"), second, f"second.{i}"), at=f"second.{i}")
    twice = g.conv(g.op("Concat", h, x, at="out", axis=1), net.out, "out")
    g.output(g.pixel_shuffle(twice, 3, 128, 2, "out"), "out_sample", ["batch", 3, 128, 128])
    g.save(path, "A picture of 64 pixels in [-1, 1] drawn again in 128.")

"""The icon model: two text encoders with disjoint parameters, an image tower, a generator, a translator.

Names of attention weights follow diffusers (to_q, to_k, to_v, to_out.0, add_k_proj, add_v_proj). Attention is written as
matmul, softmax, matmul: on CPU that trains faster than the fused kernel at these lengths, and exports to plain operators.
"""
import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

PAD, BOS, EOS = 0, 1, 2
SIGMA_FLOOR = 0.05


@dataclass
class Shape:
    vocabulary: int = 4096
    length: int = 32
    text_width: int = 192        # D, the generative embedding
    text_layers: int = 3
    contrast_width: int = 192    # inside the contrastive encoder
    contrast_layers: int = 2
    embedding: int = 128         # E, the contrastive space
    width: int = 256             # of the generator's blocks
    layers: int = 4              # blocks start as identities, so more can be appended to a trained model
    heads: int = 4
    channels: int = 64           # of the convolutions at 16x16
    fine: int = 24               # at 32x32
    spatial: int = 256           # rank of the path from conditioning to positions: many parameters, little work


def rms(x, scale=None):
    x = x * torch.rsqrt(x.float().square().mean(-1, keepdim=True) + 1e-6).to(x.dtype)
    return x if scale is None else x * scale.to(x.dtype)


def attend(q, k, v, bias):
    """Attention over [B, heads, tokens, size]; bias [B, tokens] is added to the logits of every query."""
    logits = q @ k.transpose(-1, -2)
    return (logits + bias[:, None, None].to(logits.dtype)).softmax(-1).to(v.dtype) @ v


class RMSNorm(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x):
        return rms(x, self.weight)


class FeedForward(nn.Module):
    """net.0.proj, squared ReLU, net.2 (diffusers' names; squared ReLU is the cheapest activation that trains well)."""

    def __init__(self, width, ratio):
        super().__init__()
        first = nn.Module()
        first.proj = nn.Linear(width, ratio * width)
        self.net = nn.ModuleList([first, nn.Identity(), nn.Linear(ratio * width, width)])
        nn.init.zeros_(self.net[2].weight)

    def forward(self, x):
        return self.net[2](F.relu(self.net[0].proj(x)).square())


class TextLayer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = RMSNorm(width), RMSNorm(width)
        self.to_q, self.to_k, self.to_v = (nn.Linear(width, width) for _ in range(3))
        self.to_out = nn.ModuleList([nn.Linear(width, width)])
        nn.init.zeros_(self.to_out[0].weight)
        self.ff = FeedForward(width, 3)

    def forward(self, x, bias):
        b, n, d = x.shape
        h = self.norm1(x)
        q, k, v = (f(h).view(b, n, self.heads, -1).transpose(1, 2) for f in (self.to_q, self.to_k, self.to_v))
        q = q * (d // self.heads) ** -0.5
        x = x + self.to_out[0](attend(q, k, v, bias).transpose(1, 2).reshape(b, n, d))
        return x + self.ff(self.norm2(x))


class TextTrunk(nn.Module):
    """Token table, positions, layers. Both encoders are one of these; they share nothing."""

    def __init__(self, vocabulary, length, width, layers, heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocabulary, width)
        self.position_embedding = nn.Parameter(torch.randn(length, width) * 0.05)  # small: places beyond the training captions stay harmless
        self.layers = nn.ModuleList([TextLayer(width, heads) for _ in range(layers)])
        self.norm = RMSNorm(width)

    def forward(self, ids, mask):
        x = self.token_embedding(ids) + self.position_embedding[: ids.shape[1]]
        bias = (mask.float() - 1) * 1e4
        for layer in self.layers:
            x = layer(x, bias)
        return self.norm(x) * mask[..., None].to(x.dtype)


class GenerativeEncoder(TextTrunk):
    """ids -> last_hidden_state [B, S, D]; padded positions are 0. Trained by the generator's loss alone."""

    def __init__(self, s: Shape):
        super().__init__(s.vocabulary, s.length, s.text_width, s.text_layers, s.text_width // 64)


class ContrastiveEncoder(nn.Module):
    """ids -> unit vector [B, E]; exactly 0 if nothing but padding, bos and eos is there. Trained by the contrastive loss alone."""

    def __init__(self, s: Shape):
        super().__init__()
        self.trunk = TextTrunk(s.vocabulary, s.length, s.contrast_width, s.contrast_layers, s.contrast_width // 48)
        self.projection = nn.Linear(s.contrast_width, s.embedding, bias=False)

    def forward(self, ids, mask):
        content = (mask * (ids > EOS).to(mask.dtype)).float()
        h = self.trunk(ids, mask).float()
        mean = (h * content[..., None]).sum(1) / content.sum(1, keepdim=True).clamp_min(1)
        return unit(self.projection(mean).float()) * content.amax(1, keepdim=True)


def unit(x):
    return x / (x.square().sum(-1, keepdim=True) + 1e-8).sqrt()


class ChannelNorm(nn.Module):
    """RMS over channels at each position: cheap in channels_last and free of batch and picture statistics."""

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))

    def forward(self, x):
        scale = torch.rsqrt(x.float().square().mean(1, keepdim=True) + 1e-6).to(x.dtype)
        return x * scale * self.weight[:, None, None].to(x.dtype)


class ImageTower(nn.Module):
    """pixel_values [B,3,64,64] -> unit vector [B, E]."""

    def __init__(self, s: Shape):
        super().__init__()
        self.stem = nn.Conv2d(48, 64, 3, padding=1)
        self.conv1, self.norm1 = nn.Conv2d(64, 64, 3, padding=1), ChannelNorm(64)
        self.down1 = nn.Conv2d(64, 128, 2, stride=2)
        self.conv2, self.norm2 = nn.Conv2d(128, 128, 3, padding=1), ChannelNorm(128)
        self.down2 = nn.Conv2d(128, 192, 2, stride=2)
        self.conv3, self.norm3 = nn.Conv2d(192, 192, 3, padding=1), ChannelNorm(192)
        self.hidden = nn.Linear(16 * 192, 256)
        self.projection = nn.Linear(256, s.embedding, bias=False)

    def forward(self, x):
        h = self.stem(F.pixel_unshuffle(x, 4))
        h = h + self.conv1(F.relu(self.norm1(h)))
        h = self.down1(F.relu(h))
        h = h + self.conv2(F.relu(self.norm2(h)))
        h = self.down2(F.relu(h))
        h = h + self.conv3(F.relu(self.norm3(h)))
        h = F.relu(self.hidden(rms(h.permute(0, 2, 3, 1).flatten(1))))
        return unit(self.projection(h).float())


class Attention(nn.Module):
    """Picture tokens ask; picture tokens and text tokens answer in one softmax. Text keys and values come straight from
    encoder_hidden_states, so every block can be given tokens of its own."""

    def __init__(self, s: Shape):
        super().__init__()
        d = s.width
        self.heads, self.size = s.heads, d // s.heads
        self.to_q, self.to_k, self.to_v = (nn.Linear(d, d) for _ in range(3))
        self.add_k_proj, self.add_v_proj = (nn.Linear(s.text_width, d) for _ in range(2))
        self.to_out = nn.ModuleList([nn.Linear(d, d)])
        self.norm_q, self.norm_k, self.norm_added_k = (RMSNorm(self.size) for _ in range(3))

    def forward(self, x, text, bias):
        b, n, d = x.shape
        split = lambda t: t.view(b, -1, self.heads, self.size).transpose(1, 2)
        q = self.norm_q(split(self.to_q(x))) * self.size**-0.5
        k = torch.cat([self.norm_k(split(self.to_k(x))), self.norm_added_k(split(self.add_k_proj(text)))], 2)
        v = torch.cat([split(self.to_v(x)), split(self.add_v_proj(text))], 2)
        return self.to_out[0](attend(q, k, v, bias).transpose(1, 2).reshape(b, n, d))


class Block(nn.Module):
    def __init__(self, s: Shape):
        super().__init__()
        self.attn, self.ff = Attention(s), FeedForward(s.width, 4)
        self.scale_shift_table = nn.Parameter(torch.zeros(6, s.width))
        nn.init.zeros_(self.attn.to_out[0].weight)
        with torch.no_grad():
            self.scale_shift_table[2::3] = 1  # gates start open; the output projections start at zero

    def forward(self, x, text, bias, modulation):
        m = modulation + self.scale_shift_table.to(modulation.dtype)
        s1, b1, g1, s2, b2, g2 = (m[:, i : i + 1] for i in range(6))
        x = x + g1 * self.attn(rms(x) * (1 + s1) + b1, text, bias)
        return x + g2 * self.ff(rms(x) * (1 + s2) + b2)


class ConvBlock(nn.Module):
    """Residual 3x3 convolutions; the conditioning scales and shifts the channels between them."""

    def __init__(self, inside, outside, width):
        super().__init__()
        self.norm1, self.norm2 = ChannelNorm(inside), ChannelNorm(outside)
        self.conv1 = nn.Conv2d(inside, outside, 3, padding=1)
        self.conv2 = nn.Conv2d(outside, outside, 3, padding=1)
        self.modulation = nn.Linear(width, 2 * outside)
        self.skip = nn.Conv2d(inside, outside, 1) if inside != outside else nn.Identity()
        nn.init.zeros_(self.conv2.weight)

    def forward(self, x, c):
        scale, shift = self.modulation(c)[:, :, None, None].chunk(2, 1)
        h = self.norm2(self.conv1(F.relu(self.norm1(x)))) * (1 + scale) + shift
        return self.skip(x) + self.conv2(F.relu(h))


class TextPool(nn.Module):
    """What the tokens say as a whole: eight learned questions to encoder_hidden_states."""

    def __init__(self, s: Shape, questions=8):
        super().__init__()
        self.query = nn.Linear(s.text_width, questions)
        self.proj = nn.Linear(questions * s.text_width, s.width)

    def forward(self, text, bias):
        weight = (self.query(text).float() + bias[..., None]).softmax(1).to(text.dtype)
        return self.proj((weight.transpose(1, 2) @ text).flatten(1))


class Generator(nn.Module):
    """Predicts the clean picture from a noisy one: convolutional stem and head around blocks on an 8x8 grid."""

    def __init__(self, s: Shape):
        super().__init__()
        self.shape = s
        d, c = s.width, s.channels
        self.time_in, self.time_out = nn.Linear(256, d), nn.Linear(d, d)
        self.text_pool = TextPool(s)
        self.pooled_proj = nn.Linear(s.embedding, d, bias=False)
        self.modulation = nn.Linear(d, 6 * d)
        self.stem = nn.Conv2d(48, c, 3, padding=1)
        self.down_block = ConvBlock(c, c, d)
        self.down = nn.Conv2d(c, d, 2, stride=2)
        self.position = nn.Parameter(torch.randn(64, d) * 0.1)
        self.spatial_in = nn.Linear(d, s.spatial)
        self.spatial_out = nn.Linear(s.spatial, 64 * d, bias=False)
        self.transformer_blocks = nn.ModuleList([Block(s) for _ in range(s.layers)])
        self.up = nn.Linear(d, 4 * c)
        self.up_block = ConvBlock(2 * c, c, d)
        self.fine_in = nn.Conv2d(c, 4 * s.fine, 1)
        self.fine_conv = nn.Conv2d(s.fine + 12, 32, 3, padding=1)
        self.fine_modulation = nn.Linear(d, 64)
        self.fine_out = nn.Conv2d(32, 12, 3, padding=1)
        for layer in (self.modulation, self.fine_out, self.fine_modulation, self.spatial_out):
            nn.init.zeros_(layer.weight)
        nn.init.zeros_(self.modulation.bias)

    def condition(self, timestep, text, pooled, bias):
        """(c for modulation, what is said without the time)."""
        freq = torch.exp(torch.arange(128, device=timestep.device) * (-math.log(1e4) / 128))
        angle = timestep.float()[:, None] * freq[None]
        time = self.time_out(F.silu(self.time_in(torch.cat([angle.cos(), angle.sin()], -1))))
        said = self.text_pool(text, bias) + self.pooled_proj(pooled * self.shape.embedding**0.5)
        return F.silu(time + said), said

    def spread(self, said):
        """What is said, laid out over the 8x8 grid: [B, 64, width]."""
        return self.spatial_out(F.silu(self.spatial_in(rms(said)))).view(-1, 64, self.shape.width)

    def forward(self, noisy, timestep, text, pooled, bias, with_tokens=False):
        """The clean picture [B,3,64,64]; `with_tokens` also gives the grid after the blocks, for the ink heads of training."""
        b = noisy.shape[0]
        s = self.shape
        c, said = self.condition(timestep, text, pooled, bias)
        h = self.stem(F.pixel_unshuffle(noisy, 4))
        h = self.down_block(h, c)
        x = self.down(h).flatten(2).transpose(1, 2) + self.position
        x = x + self.spread(said)
        modulation = self.modulation(c).view(b, 6, s.width)
        bias = torch.cat([torch.zeros_like(bias[:, :1]).expand(-1, 64), bias], 1)
        for block in self.transformer_blocks:
            x = block(x, text, bias, modulation)
        tokens = rms(x)
        x = self.up(tokens).transpose(1, 2).reshape(b, -1, 8, 8)
        h = self.up_block(torch.cat([F.pixel_shuffle(x, 2), h], 1), c)
        h = F.pixel_shuffle(self.fine_in(h), 2)
        h = self.fine_conv(torch.cat([h, F.pixel_unshuffle(noisy, 2)], 1))
        scale, shift = self.fine_modulation(c)[:, :, None, None].chunk(2, 1)
        clean = F.pixel_shuffle(self.fine_out(F.relu(h * (1 + scale) + shift)), 2)
        return (clean, tokens) if with_tokens else clean


class InkHeads(nn.Module):
    """Where the glyph's ink is, read linearly from the generator's inside: from the caption alone (16x16) and from the grid
    after the blocks (32x32). Deep supervision in training only: the loss on pixels says little about the drawing where
    colours hardly differ or the glyph is small, and it reaches the words through the whole network. Not exported."""

    def __init__(self, s: Shape):
        super().__init__()
        self.from_text = nn.Linear(s.width, 4)
        self.from_tokens = nn.Linear(s.width, 16)
        for layer in (self.from_text, self.from_tokens):
            nn.init.zeros_(layer.weight)

    def caption(self, generator, text, bias):
        return self.unfold(self.from_text(rms(generator.spread(generator.text_pool(text, bias)))), 2)

    def grid(self, tokens):
        return self.unfold(self.from_tokens(tokens), 4)

    @staticmethod
    def unfold(x, side):
        """[B, 64, side * side] on the 8x8 grid to [B, 8 side, 8 side]."""
        return F.pixel_shuffle(x.transpose(1, 2).reshape(len(x), side * side, 8, 8), side)[:, 0]


class Translator(nn.Module):
    """text_embeds -> image_embeds in the contrastive space (method 3's prior). Statistics are part of the weights."""

    def __init__(self, s: Shape, width=512, layers=3):
        super().__init__()
        e = s.embedding
        for name in ("text_mean", "text_std", "image_mean", "image_std"):
            self.register_buffer(name, torch.ones(e) if name.endswith("std") else torch.zeros(e))
        self.linear = nn.Linear(e, e)
        self.inner = nn.ModuleList([nn.Linear(e, width) for _ in range(layers)])
        self.outer = nn.ModuleList([nn.Linear(width, e) for _ in range(layers)])
        for layer in self.outer:
            nn.init.zeros_(layer.weight)

    def standardised(self, text):
        x = (text - self.text_mean) / self.text_std
        h = self.linear(x)
        for inner, outer in zip(self.inner, self.outer):
            h = h + outer(F.silu(inner(rms(h))))
        return h

    def forward(self, text):
        return unit(self.standardised(text) * self.image_std + self.image_mean)


class IconModel(nn.Module):
    """All trained parts under one roof, for one checkpoint."""

    def __init__(self, s: Shape):
        super().__init__()
        self.shape = s
        self.generative = GenerativeEncoder(s)
        self.contrastive = ContrastiveEncoder(s)
        self.tower = ImageTower(s)
        self.generator = Generator(s)
        self.ink = InkHeads(s)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        for table in (self.generative.token_embedding, self.contrastive.trunk.token_embedding):
            nn.init.normal_(table.weight, std=0.3)


def bias_of(mask):
    """encoder_attention_bias from an attention mask: 0 keep, -1e4 padding."""
    return (mask.float() - 1) * 1e4

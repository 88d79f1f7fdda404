"""Models that the committed tests have not seen, as both exporters write them, for one more look at every gradient.

    python unseen_models.py OUT [MODEL-EXPORT]...       exports: ts17, dynamo20, raw18 (as models.py)
    EASEL_GRADIENT_MODELS=OUT npx mocha test/conformance/gradients/models.test.ts

Needs timm and peft beside what models.py needs. Nothing of it is committed: it is to find what the rules do not know yet. What an
exporter refuses is told and passed over. On 2026-11-29 47 exports were compared and 46 agreed (dora_clip through ts17 differs at one
weight, through dynamo20 it agrees); lokr_unet, pixart, sana, auraflow, dcae and timm's convolutional networks were not reached.
"""

import pathlib
import sys

import torch
import torch.nn.functional as F
from torch import nn

import models as M

torch.set_num_threads(1)
R = lambda seed, *n: torch.randn(*n, generator=torch.Generator().manual_seed(seed))
img = lambda b, h, c=3: (R(b, b, c, h, h),)
IMG = ["x"]
HW = {"x": {0: "batch", 2: "height", 3: "width"}}
B = {"x": {0: "batch"}}
ids = lambda b, s, v=64: (torch.randint(3, v, (b, s), generator=torch.Generator().manual_seed(b)),)


def convnext():
    from transformers import ConvNextConfig, ConvNextModel

    m = ConvNextModel(ConvNextConfig(num_stages=3, hidden_sizes=[8, 12, 16], depths=[1, 2, 1], patch_size=2))
    return m, lambda m, x: m(x).pooler_output, [img(2, 16), img(1, 24)], IMG, HW


def convnextv2():
    from transformers import ConvNextV2Config, ConvNextV2Model

    m = ConvNextV2Model(ConvNextV2Config(num_stages=2, hidden_sizes=[8, 12], depths=[1, 1], patch_size=2))
    return m, lambda m, x: m(x).pooler_output, [img(2, 16), img(1, 24)], IMG, HW


class Mixer(nn.Module):
    def __init__(s, n=16, d=12):
        super().__init__()
        s.p = nn.Conv2d(3, d, 4, 4)
        s.n1, s.n2 = nn.LayerNorm(d), nn.LayerNorm(d)
        s.t = nn.Sequential(nn.Linear(n, 20), nn.GELU(), nn.Linear(20, n))
        s.c = nn.Sequential(nn.Linear(d, 24), nn.GELU(), nn.Linear(24, d))
        s.h = nn.Linear(d, 5)

    def forward(s, x):
        x = s.p(x).flatten(2).transpose(1, 2)
        x = x + s.t(s.n1(x).transpose(1, 2)).transpose(1, 2)
        x = x + s.c(s.n2(x))
        return s.h(x.mean(1))


def mixer():
    return Mixer(), lambda m, x: m(x), [img(2, 16), img(3, 16)], IMG, B


class TUNet(nn.Module):
    def __init__(s):
        super().__init__()
        blk = lambda i, o: nn.Sequential(
            nn.Conv2d(i, o, 3, padding=1, bias=False),
            nn.BatchNorm2d(o),
            nn.LeakyReLU(0.1),
            nn.Conv2d(o, o, 3, padding=1),
            nn.InstanceNorm2d(o, affine=True),
            nn.SiLU(),
        )
        s.d1, s.d2, s.mid = blk(3, 6), blk(6, 10), blk(10, 12)
        s.u2, s.u1 = nn.ConvTranspose2d(12, 10, 2, 2), nn.ConvTranspose2d(10, 6, 4, 2, 1)
        s.c2, s.c1 = blk(20, 10), blk(12, 6)
        s.out = nn.Conv2d(6, 2, 1)

    def forward(s, x):
        a = s.d1(x)
        b = s.d2(F.max_pool2d(a, 2))
        c = s.mid(F.avg_pool2d(b, 2))
        b = s.c2(torch.cat([s.u2(c), b], 1))
        return s.out(s.c1(torch.cat([s.u1(b), a], 1)))


def tunet():
    return TUNet(), lambda m, x: m(x), [img(2, 16), img(1, 24)], IMG, HW


def llama():
    from transformers import LlamaConfig, LlamaModel

    m = LlamaModel(
        LlamaConfig(vocab_size=64, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2)
    )
    return m, lambda m, i: m(i, use_cache=False).last_hidden_state, [ids(2, 7), ids(3, 5)], ["input_ids"], {"input_ids": {0: "batch", 1: "sequence"}}


def qwen():
    from transformers import Qwen3Config, Qwen3Model

    m = Qwen3Model(
        Qwen3Config(
            vocab_size=64, hidden_size=16, intermediate_size=24, num_hidden_layers=1, num_attention_heads=4, num_key_value_heads=1, head_dim=6
        )
    )
    return m, lambda m, i: m(i, use_cache=False).last_hidden_state, [ids(2, 7), ids(3, 5)], ["input_ids"], {"input_ids": {0: "batch", 1: "sequence"}}


def gpt2():
    from transformers import GPT2Config, GPT2Model

    m = GPT2Model(GPT2Config(vocab_size=64, n_positions=16, n_embd=16, n_layer=1, n_head=2))
    return m, lambda m, i: m(i, use_cache=False).last_hidden_state, [ids(2, 7), ids(3, 5)], ["input_ids"], {"input_ids": {0: "batch", 1: "sequence"}}


def bert():
    from transformers import BertConfig, BertModel

    m = BertModel(
        BertConfig(vocab_size=64, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=24, max_position_embeddings=16)
    )
    mk = lambda b, s: (ids(b, s)[0], (torch.arange(s) < s - torch.arange(b)[:, None]).long())
    return (
        m,
        lambda m, i, a: m(i, attention_mask=a).pooler_output,
        [mk(2, 7), mk(3, 5)],
        ["input_ids", "mask"],
        {"input_ids": {0: "batch", 1: "sequence"}, "mask": {0: "batch", 1: "sequence"}},
    )


def siglip():
    from transformers import SiglipVisionConfig, SiglipVisionModel

    m = SiglipVisionModel(
        SiglipVisionConfig(hidden_size=16, intermediate_size=24, num_hidden_layers=1, num_attention_heads=2, image_size=8, patch_size=4)
    )
    return m, lambda m, x: m(x).pooler_output, [img(2, 8), img(3, 8)], IMG, B


def dinov2():
    from transformers import Dinov2Config, Dinov2Model

    m = Dinov2Model(Dinov2Config(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, image_size=8, patch_size=4, use_swiglu_ffn=True))
    return m, lambda m, x: m(x).pooler_output, [img(2, 12), img(3, 12)], IMG, B


def swin():
    from transformers import SwinConfig, SwinModel

    m = SwinModel(SwinConfig(image_size=16, patch_size=2, embed_dim=8, depths=[2, 2], num_heads=[2, 2], window_size=4))
    return m, lambda m, x: m(x).last_hidden_state, [img(2, 16), img(3, 16)], IMG, B


def swinv2():
    from transformers import Swinv2Config, Swinv2Model

    m = Swinv2Model(Swinv2Config(image_size=16, patch_size=2, embed_dim=8, depths=[2], num_heads=[2], window_size=4))
    return m, lambda m, x: m(x).last_hidden_state, [img(2, 16), img(3, 16)], IMG, B


def segformer():
    from transformers import SegformerConfig, SegformerForSemanticSegmentation

    m = SegformerForSemanticSegmentation(
        SegformerConfig(
            num_encoder_blocks=2,
            depths=[1, 1],
            sr_ratios=[2, 1],
            hidden_sizes=[8, 16],
            patch_sizes=[7, 3],
            strides=[4, 2],
            num_attention_heads=[1, 2],
            mlp_ratios=[2, 2],
            decoder_hidden_size=8,
            num_labels=3,
        )
    )
    return m, lambda m, x: m(x).logits, [img(2, 16), img(3, 16)], IMG, B


def timm_model(name, size=32, **kw):
    def make():
        import timm

        m = timm.create_model(name, **kw)
        return m, lambda m, x: m(x), [img(2, size), img(3, size)], IMG, B

    return make


class Dilated(nn.Module):
    def __init__(s):
        super().__init__()
        s.a = nn.Conv2d(3, 8, 3, padding=2, dilation=2)
        s.b = nn.Conv2d(8, 8, 3, stride=2, padding=1, groups=8)
        s.c = nn.Conv2d(8, 8, 5, padding=4, dilation=2, groups=4)
        s.d = nn.Conv2d(8, 4, (1, 7), padding=(0, 3))
        s.e = nn.Conv2d(4, 8, (7, 1), padding="same")
        s.g = nn.GroupNorm(4, 8)
        s.p = nn.PReLU(8)
        s.u = nn.ConvTranspose2d(8, 4, 3, 2, 1, output_padding=1, groups=2, dilation=1)

    def forward(s, x):
        x = F.hardswish(s.a(x))
        x = s.p(s.b(x))
        x = F.mish(s.c(x)) + x
        x = F.elu(s.g(s.e(F.softplus(s.d(x)))))
        x = F.pixel_shuffle(F.adaptive_avg_pool2d(x, 4), 2).repeat(1, 4, 1, 1)
        return s.u(x) * torch.sigmoid(x.mean((2, 3), keepdim=True)[:, :4])


def dilated():
    return Dilated(), lambda m, x: m(x), [img(2, 16), img(3, 16)], IMG, B


class OneD(nn.Module):
    def __init__(s):
        super().__init__()
        s.c1, s.c2 = nn.Conv1d(4, 8, 3, 2, 1), nn.Conv1d(8, 8, 3, padding=2, dilation=2, groups=8)
        s.t = nn.ConvTranspose1d(8, 4, 4, 2, 1)
        s.c3 = nn.Conv3d(1, 2, 3, padding=1)

    def forward(s, x):
        y = F.glu(s.c1(F.pad(x, (2, 3), mode="reflect")).transpose(1, 2).repeat(1, 1, 2), -1).transpose(1, 2)
        y = s.t(F.gelu(s.c2(y), approximate="tanh"))
        z = s.c3(y[:, None, :, :, None].expand(-1, -1, -1, -1, 2)).amax(-1).logsumexp(1)
        return z.cumsum(-1) + torch.einsum("bcl,bdl->bcd", y, y).norm(dim=-1, keepdim=True)


def oned():
    return OneD(), lambda m, x: m(x), [(R(2, 2, 4, 11),), (R(3, 3, 4, 14),)], IMG, {"x": {0: "batch", 2: "length"}}


def peft_vit():
    from transformers import ViTConfig, ViTModel
    from peft import LoraConfig, get_peft_model

    m = ViTModel(ViTConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=24, image_size=8, patch_size=4))
    names = sorted({n.split(".")[-1] for n, mod in m.named_modules() if isinstance(mod, (nn.Linear, nn.Conv2d))})
    m = get_peft_model(m, LoraConfig(r=2, lora_alpha=3, target_modules=names, use_rslora=True))
    return m, lambda m, x: m(x).last_hidden_state, [img(2, 8), img(3, 8)], IMG, B


def dora_clip():
    from peft import LoraConfig, get_peft_model

    m, call, f, n, a = M.clip_text()
    m = get_peft_model(m, LoraConfig(r=2, target_modules=["q_proj", "v_proj", "fc1"], use_dora=True))
    return m, call, f, n, a


def ia3_t5():
    from peft import IA3Config, get_peft_model

    m, call, f, n, a = M.t5()
    m = get_peft_model(m, IA3Config(target_modules=["k", "v", "wo"], feedforward_modules=["wo"]))
    return m, call, f, n, a


def lokr_unet():
    from peft import LoHaConfig, LoKrConfig

    m, *rest = M.unet()
    m.add_adapter(LoKrConfig(r=2, target_modules=["to_q", "to_v", "conv1"]))
    return (m, *rest)


def pixart():
    from diffusers import PixArtTransformer2DModel

    m = PixArtTransformer2DModel(
        sample_size=8,
        num_layers=1,
        patch_size=2,
        attention_head_dim=4,
        num_attention_heads=2,
        in_channels=4,
        cross_attention_dim=8,
        out_channels=8,
        caption_channels=8,
        norm_num_groups=4,
    )
    fd = lambda b, s: (R(b, b, 4, 8, 8), R(b + 1, b, s, 8), torch.full((b,), 421.0))
    return (
        m,
        lambda m, x, e, t: m(x, encoder_hidden_states=e, timestep=t, added_cond_kwargs={"resolution": None, "aspect_ratio": None}, return_dict=False)[
            0
        ],
        [fd(2, 6), fd(3, 4)],
        ["x", "e", "t"],
        {"x": {0: "batch"}, "e": {0: "batch", 1: "sequence"}, "t": {0: "batch"}},
    )


def sana():
    from diffusers import SanaTransformer2DModel

    m = SanaTransformer2DModel(
        in_channels=4,
        out_channels=4,
        num_attention_heads=2,
        attention_head_dim=4,
        num_layers=1,
        num_cross_attention_heads=2,
        cross_attention_head_dim=4,
        cross_attention_dim=8,
        caption_channels=8,
        sample_size=8,
        patch_size=1,
    )
    fd = lambda b, s: (R(b, b, 4, 8, 8), R(b + 1, b, s, 8), torch.full((b,), 421.0))
    return (
        m,
        lambda m, x, e, t: m(x, encoder_hidden_states=e, timestep=t, return_dict=False)[0],
        [fd(2, 6), fd(3, 4)],
        ["x", "e", "t"],
        {"x": {0: "batch"}, "e": {0: "batch", 1: "sequence"}, "t": {0: "batch"}},
    )


def auraflow():
    from diffusers import AuraFlowTransformer2DModel

    m = AuraFlowTransformer2DModel(
        sample_size=8,
        patch_size=2,
        in_channels=4,
        num_mmdit_layers=1,
        num_single_dit_layers=1,
        attention_head_dim=8,
        num_attention_heads=2,
        joint_attention_dim=8,
        caption_projection_dim=16,
        out_channels=4,
        pos_embed_max_size=64,
    )
    fd = lambda b, s: (R(b, b, 4, 8, 8), R(b + 1, b, s, 8), torch.full((b,), 0.4))
    return (
        m,
        lambda m, x, e, t: m(x, encoder_hidden_states=e, timestep=t, return_dict=False)[0],
        [fd(2, 6), fd(3, 4)],
        ["x", "e", "t"],
        {"x": {0: "batch"}, "e": {0: "batch", 1: "sequence"}, "t": {0: "batch"}},
    )


def taesd():
    from diffusers import AutoencoderTiny

    m = AutoencoderTiny(encoder_block_out_channels=(8, 8), decoder_block_out_channels=(8, 8), num_encoder_blocks=(1, 1), num_decoder_blocks=(1, 1))
    return m, lambda m, x: m.decode(m.encode(x).latents).sample, [img(2, 8), img(1, 12)], IMG, HW


def dcae():
    from diffusers import AutoencoderDC

    m = AutoencoderDC(
        in_channels=3,
        latent_channels=4,
        attention_head_dim=2,
        encoder_block_types=("ResBlock", "EfficientViTBlock"),
        decoder_block_types=("ResBlock", "EfficientViTBlock"),
        encoder_block_out_channels=(8, 8),
        decoder_block_out_channels=(8, 8),
        encoder_layers_per_block=(1, 1),
        decoder_layers_per_block=(1, 1),
        encoder_qkv_multiscales=((), (5,)),
        decoder_qkv_multiscales=((), (5,)),
        downsample_block_type="pixel_unshuffle",
        upsample_block_type="pixel_shuffle",
        encoder_out_shortcut=True,
        decoder_in_shortcut=True,
    )
    return m, lambda m, x: m.decode(m.encode(x).latent).sample, [img(2, 8), img(3, 8)], IMG, B


def unet_plain():
    from diffusers import UNet2DModel

    m = UNet2DModel(
        sample_size=8,
        block_out_channels=(8, 16),
        layers_per_block=1,
        down_block_types=("ResnetDownsampleBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "ResnetUpsampleBlock2D"),
        norm_num_groups=4,
        attention_head_dim=4,
        time_embedding_type="fourier",
        resnet_time_scale_shift="scale_shift",
    )
    fd = lambda b: (R(b, b, 3, 8, 8), torch.full((b,), 4.5))
    return m, lambda m, x, t: m(x, t, return_dict=False)[0], [fd(2), fd(3)], ["x", "t"], {"x": {0: "batch"}, "t": {0: "batch"}}


class Norms(nn.Module):
    """Operators that stand in few models."""

    def __init__(s):
        super().__init__()
        s.w = nn.utils.parametrizations.weight_norm(nn.Linear(6, 8))
        s.e = nn.Embedding(10, 6)
        s.m = nn.MultiheadAttention(8, 2, batch_first=True)
        s.rms = nn.RMSNorm(8)
        s.bl = nn.Bilinear(8, 8, 4)

    def forward(s, x):
        y = s.w(x) + s.e(x.argmax(-1)).repeat(1, 1, 2)[..., :8]
        y = s.rms(y)
        a, _ = s.m(y, y, y, need_weights=False)
        z = s.bl(a, F.normalize(y, dim=-1))
        t = torch.topk(z, 2, -1).values
        v, _ = torch.sort(z, -1, descending=True)
        return torch.cat(
            [
                t,
                F.log_softmax(z, -1),
                v,
                torch.tril(a @ a.transpose(1, 2)).sum(-1, keepdim=True),
                a.std(-1, keepdim=True),
                a.var(-1, keepdim=True, unbiased=False),
                a.abs().clamp_min(0.1).log().prod(-1, keepdim=True),
                a.roll(1, 1).flip(-1),
                torch.where(a > 0, a, a.exp() - 1),
                a.unfold(-1, 4, 2).mean(-1),
                F.cosine_similarity(a, y, dim=-1)[..., None],
                torch.atan2(a, y.abs() + 1),
            ],
            -1,
        )


def norms():
    return Norms(), lambda m, x: m(x), [(R(2, 2, 5, 6),), (R(3, 3, 4, 6),)], IMG, {"x": {0: "batch", 1: "length"}}


class Samples(nn.Module):
    def __init__(s):
        super().__init__()
        s.c = nn.Conv2d(3, 4, 3, padding=1, padding_mode="circular")
        s.t = nn.Parameter(torch.eye(2, 3))

    def forward(s, x):
        y = s.c(x) * s.t.sum()
        return F.interpolate(y, scale_factor=2, mode="bicubic", align_corners=False)[..., ::2, 1::2] + F.interpolate(
            F.interpolate(y, size=(5, 5), mode="bilinear", antialias=False), size=(8, 8), mode="nearest"
        )


def samples():
    return Samples(), lambda m, x: m(x), [img(2, 8), img(3, 8)], IMG, B


class Win(nn.Module):
    """Window attention with roll, dynamic sizes."""

    def __init__(s, d=8, w=4):
        super().__init__()
        s.w = w
        s.qkv = nn.Linear(d, 3 * d)
        s.o = nn.Linear(d, d)
        s.n = nn.LayerNorm(d)
        s.bias = nn.Parameter(torch.randn((2 * w - 1) ** 2, 2) * 0.1)
        c = torch.stack(torch.meshgrid(torch.arange(w), torch.arange(w), indexing="ij")).flatten(1)
        r = (c[:, :, None] - c[:, None]).permute(1, 2, 0) + w - 1
        s.register_buffer("idx", r[..., 0] * (2 * w - 1) + r[..., 1])

    def forward(s, x):
        b, h, w, d = x.shape
        n = s.w
        y = torch.roll(s.n(x), (-2, -2), (1, 2)).reshape(b, h // n, n, w // n, n, d).permute(0, 1, 3, 2, 4, 5).reshape(-1, n * n, d)
        q, k, v = s.qkv(y).reshape(-1, n * n, 3, 2, d // 2).permute(2, 0, 3, 1, 4).unbind(0)
        a = (q @ k.transpose(-1, -2)) * 0.5 + s.bias[s.idx.reshape(-1)].reshape(n * n, n * n, 2).permute(2, 0, 1)
        y = (
            s.o((a.softmax(-1) @ v).transpose(1, 2).reshape(-1, n * n, d))
            .reshape(b, h // n, w // n, n, n, d)
            .permute(0, 1, 3, 2, 4, 5)
            .reshape(b, h, w, d)
        )
        return x + torch.roll(y, (2, 2), (1, 2))


def win():
    return Win(), lambda m, x: m(x), [(R(2, 2, 8, 8, 8),), (R(3, 1, 12, 8, 8),)], IMG, {"x": {0: "batch", 1: "height", 2: "width"}}


MODELS = dict(
    convnext=convnext,
    convnextv2=convnextv2,
    mixer=mixer,
    tunet=tunet,
    llama=llama,
    qwen=qwen,
    gpt2=gpt2,
    bert=bert,
    siglip=siglip,
    dinov2=dinov2,
    swin=swin,
    swinv2=swinv2,
    segformer=segformer,
    dilated=dilated,
    oned=oned,
    peft_vit=peft_vit,
    dora_clip=dora_clip,
    ia3_t5=ia3_t5,
    lokr_unet=lokr_unet,
    pixart=pixart,
    sana=sana,
    auraflow=auraflow,
    taesd=taesd,
    dcae=dcae,
    unet_plain=unet_plain,
    norms=norms,
    samples=samples,
    win=win,
    timm_vit=timm_model("vit_tiny_patch16_224", img_size=32, depth=2, embed_dim=24, num_heads=2, num_classes=5),
    mobilenet=timm_model("mobilenetv3_small_050", num_classes=5),
    effnet=timm_model("efficientnet_lite0", num_classes=5),
    effv2=timm_model("tf_efficientnetv2_b0", num_classes=5),
    regnet=timm_model("regnety_002", num_classes=5),
    coat=timm_model("coatnet_nano_rw_224", num_classes=5, img_size=32),
    resnext=timm_model("resnext26ts", num_classes=5),
    densenet=timm_model("densenet121", num_classes=5),
    poolformer=timm_model("poolformer_s12", num_classes=5),
    ghost=timm_model("ghostnet_050", num_classes=5),
    edgenext=timm_model("edgenext_xx_small", num_classes=5),
    levit=timm_model("levit_128s", 224, num_classes=5),
)
M.MODELS = MODELS
if __name__ == "__main__":
    out = pathlib.Path(sys.argv[1])
    only = sys.argv[2:] or [f"{m}-{e}" for m in MODELS for e in ("ts17", "dynamo20", "raw18")]
    for case in only:
        name, export = case.rsplit("-", 1)
        if (out / f"{case}.safetensors").exists():
            continue
        try:
            M.build(name, export, out)
        except Exception as error:
            print(f"{case}: FAILED {type(error).__name__}: {str(error.__cause__ or error)[:300]}", flush=True)

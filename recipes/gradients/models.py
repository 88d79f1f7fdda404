"""Tiny random models of the pipelines Easel runs, exported by both exporters, with reference gradients.

    python models.py OUT_FOLDER

Each case is NAME.onnx and NAME.safetensors. The tensors file holds, per feed set k (the second has another batch or
sequence size where the model allows it): in{k}.<input>, cot{k} (the output's cotangent), grad{k}.<value> (float64
autograd, stored as float32), and its metadata the relative error of PyTorch's own float32, per value.
Values are named as in the ONNX graph: inputs, and initializers matched to parameters by equality of contents.
"""
import json
import pathlib
import sys
import warnings

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from safetensors.torch import save_file

warnings.filterwarnings("ignore")


class Wrapper(torch.nn.Module):
    """Names the inputs by position, returns one tensor."""

    def __init__(self, model, call):
        super().__init__()
        self.model, self.call = model, call

    def forward(self, *inputs):
        return self.call(self.model, *inputs)


def randomise(model, seed=0):
    """Exporters merge equal initializers (zero biases, untrained norms), so every parameter gets its own values."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in model.parameters():
            p.add_(torch.randn(p.shape, generator=generator) * 0.02)
    return model.eval()


def clip_text():
    from transformers import CLIPTextConfig, CLIPTextModelWithProjection
    config = CLIPTextConfig(vocab_size=64, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2,
                            max_position_embeddings=12, projection_dim=8, eos_token_id=2, bos_token_id=1, pad_token_id=0)
    model = CLIPTextModelWithProjection(config)
    ids = lambda b: (torch.randint(3, 64, (b, 12), generator=torch.Generator().manual_seed(b)),)
    both = lambda out: torch.cat([out.last_hidden_state.flatten(1), out.text_embeds], 1)
    return model, lambda m, i: both(m(i)), [ids(2), ids(3)], ["input_ids"], {"input_ids": {0: "batch"}}


def t5():
    from transformers import T5Config, T5EncoderModel
    config = T5Config(vocab_size=64, d_model=16, d_kv=8, d_ff=24, num_layers=2, num_heads=2, feed_forward_proj="gated-gelu")
    ids = lambda b, s: (torch.randint(1, 64, (b, s), generator=torch.Generator().manual_seed(b)),)
    return T5EncoderModel(config), lambda m, i: m(i).last_hidden_state, [ids(2, 7), ids(3, 5)], ["input_ids"], {"input_ids": {0: "batch", 1: "sequence"}}


def unet(xl=False, linear=False):
    from diffusers import UNet2DConditionModel
    extra = dict(addition_embed_type="text_time", addition_time_embed_dim=8, projection_class_embeddings_input_dim=8 * 6 + 8,
                 use_linear_projection=True) if xl else dict(use_linear_projection=linear)
    model = UNet2DConditionModel(sample_size=8, in_channels=4, out_channels=4, block_out_channels=(8, 16), layers_per_block=1,
                                 down_block_types=("DownBlock2D", "CrossAttnDownBlock2D") if xl else ("CrossAttnDownBlock2D", "DownBlock2D"),
                                 up_block_types=("CrossAttnUpBlock2D", "UpBlock2D") if xl else ("UpBlock2D", "CrossAttnUpBlock2D"),
                                 cross_attention_dim=12, attention_head_dim=2, norm_num_groups=4, **extra)
    names = ["sample", "timestep", "encoder_hidden_states"] + (["text_embeds", "time_ids"] if xl else [])

    def feeds(b, s, h):
        g = torch.Generator().manual_seed(b)
        r = lambda *n: torch.randn(*n, generator=g)
        base = (r(b, 4, h, h), torch.full((b,), 421.0), r(b, s, 12))
        return base + ((r(b, 8), r(b, 6).abs() * 8) if xl else ())

    def call(m, sample, t, states, *more):
        added = dict(added_cond_kwargs={"text_embeds": more[0], "time_ids": more[1]}) if more else {}
        return m(sample, t, states, return_dict=False, **added)[0]

    axes = {n: {0: "batch"} for n in names}
    axes["sample"] = {0: "batch", 2: "height", 3: "width"}
    axes["encoder_hidden_states"] = {0: "batch", 1: "sequence"}
    return model, call, [feeds(2, 5, 8), feeds(1, 9, 12)], names, axes


def lora_unet():
    from peft import LoraConfig
    model, *rest = unet()
    model.add_adapter(LoraConfig(r=2, lora_alpha=3, target_modules=["to_q", "to_k", "to_v", "to_out.0"]))
    return (model, *rest)


def sd3():
    from diffusers import SD3Transformer2DModel
    model = SD3Transformer2DModel(sample_size=8, patch_size=2, in_channels=4, num_layers=2, attention_head_dim=8, num_attention_heads=2,
                                  joint_attention_dim=12, caption_projection_dim=16, pooled_projection_dim=10, out_channels=4, pos_embed_max_size=8)
    names = ["hidden_states", "encoder_hidden_states", "pooled_projections", "timestep"]

    def feeds(b, s):
        g = torch.Generator().manual_seed(b)
        r = lambda *n: torch.randn(*n, generator=g)
        return r(b, 4, 8, 8), r(b, s, 12), r(b, 10), torch.full((b,), 733.0)

    return model, lambda m, *x: m(*x, return_dict=False)[0], [feeds(2, 6), feeds(3, 4)], names, {
        "hidden_states": {0: "batch"}, "encoder_hidden_states": {0: "batch", 1: "sequence"}, "pooled_projections": {0: "batch"}, "timestep": {0: "batch"}}


def flux():
    from diffusers import FluxTransformer2DModel
    model = FluxTransformer2DModel(patch_size=1, in_channels=4, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
                                   joint_attention_dim=12, pooled_projection_dim=10, axes_dims_rope=(4, 4, 8))
    names = ["hidden_states", "encoder_hidden_states", "pooled_projections", "timestep", "img_ids", "txt_ids"]

    def feeds(b, s):
        g = torch.Generator().manual_seed(b)
        r = lambda *n: torch.randn(*n, generator=g)
        ids = torch.stack([torch.zeros(16), torch.arange(16) // 4, torch.arange(16) % 4], 1).float()
        return r(b, 16, 4), r(b, s, 12), r(b, 10), torch.full((b,), 0.7), ids, torch.zeros(s, 3)

    call = lambda m, h, e, p, t, i, x: m(hidden_states=h, encoder_hidden_states=e, pooled_projections=p, timestep=t, img_ids=i, txt_ids=x, return_dict=False)[0]
    return model, call, [feeds(2, 6), feeds(1, 4)], names, {
        "hidden_states": {0: "batch"}, "encoder_hidden_states": {0: "batch", 1: "sequence"}, "pooled_projections": {0: "batch"}, "timestep": {0: "batch"}, "txt_ids": {0: "sequence"}}


def vae(part):
    from diffusers import AutoencoderKL
    model = AutoencoderKL(block_out_channels=(8, 16), down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
                          layers_per_block=1, latent_channels=4, norm_num_groups=4, sample_size=16)
    image = lambda b, c, h: (torch.randn(b, c, h, h, generator=torch.Generator().manual_seed(b)),)
    if part == "decoder":
        return model, lambda m, z: m.decode(z, return_dict=False)[0], [image(2, 4, 4), image(1, 4, 6)], ["latent_sample"], {"latent_sample": {0: "batch", 2: "height", 3: "width"}}
    return model, lambda m, x: m._encode(x), [image(2, 3, 8), image(1, 3, 12)], ["sample"], {"sample": {0: "batch", 2: "height", 3: "width"}}


def vit():
    from transformers import ViTConfig, ViTModel
    model = ViTModel(ViTConfig(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24, image_size=8, patch_size=4))
    image = lambda b: (torch.randn(b, 3, 8, 8, generator=torch.Generator().manual_seed(b)),)
    return model, lambda m, x: m(x).pooler_output, [image(2), image(3)], ["pixel_values"], {"pixel_values": {0: "batch"}}


def resnet():
    from transformers import ResNetConfig, ResNetModel
    model = ResNetModel(ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 2], layer_type="basic"))
    image = lambda b, h: (torch.randn(b, 3, h, h, generator=torch.Generator().manual_seed(b)),)
    return model, lambda m, x: m(x).pooler_output, [image(2, 16), image(3, 24)], ["pixel_values"], {"pixel_values": {0: "batch", 2: "height", 3: "width"}}


MODELS = {"clip": clip_text, "t5": t5, "unet": unet, "unet-xl": lambda: unet(xl=True), "unet-lora": lora_unet, "sd3": sd3, "flux": flux,
          "vae-encoder": lambda: vae("encoder"), "vae-decoder": lambda: vae("decoder"), "vit": vit, "resnet": resnet}
EXPORTS = {"ts14": dict(dynamo=False, opset_version=14), "ts17": dict(dynamo=False, opset_version=17),
           "dynamo18": dict(dynamo=True, opset_version=18), "dynamo20": dict(dynamo=True, opset_version=20), "raw18": dict(dynamo=True, opset_version=18, optimize=False)}


def gradients(model, call, inputs, cotangent, dtype):
    """Gradients of <cotangent, output> by input and parameter name, in this precision."""
    model = model.to(dtype)
    cast = [x.detach().to(dtype).requires_grad_(True) if x.is_floating_point() else x for x in inputs]
    model.zero_grad()
    y = call(model, *cast)
    (y * cotangent.to(dtype)).sum().backward()
    result = {f"param:{n}": p.grad for n, p in model.named_parameters() if p.grad is not None}
    result.update({f"input:{i}": x.grad for i, x in enumerate(cast) if x.is_floating_point() and x.grad is not None})
    return {k: v.detach().double() for k, v in result.items()}


def match_initializers(onnx_model, model):
    """ONNX initializer name → (parameter name, transposed?). Only values that match exactly one parameter."""
    found = {}
    params = {n: p.detach().float().numpy() for n, p in model.named_parameters()}
    for init in onnx_model.graph.initializer:
        value = numpy_helper.to_array(init)
        if value.dtype != np.float32:
            continue
        for name, p in params.items():
            if value.shape == p.shape and np.array_equal(value, p):
                found[init.name] = (name, False)
            elif value.ndim == 2 and value.T.shape == p.shape and np.array_equal(value.T, p):
                found[init.name] = (name, True)
            elif value.size == p.size and value.squeeze().shape == p.squeeze().shape and np.array_equal(value.squeeze(), p.squeeze()):
                found[init.name] = (name, False)
    return found


def build(name, export, folder):
    torch.manual_seed(0)
    model, call, feeds, names, axes = MODELS[name]()
    model = randomise(model)
    path = folder / f"{name}-{export}.onnx"
    options = dict(EXPORTS[export])
    if options["dynamo"]:
        dims = {}
        dim = lambda n: dims.setdefault(n, torch.export.Dim.DYNAMIC)
        options["dynamic_shapes"] = (tuple({i: dim(f"{v}") for i, v in axes.get(n, {}).items()} or None for n in names),)
        options["external_data"] = False
    else:
        options["dynamic_axes"] = axes
    # In evaluation mode itself: the TorchScript exporter restores the wrapper's mode, children included.
    torch.onnx.export(Wrapper(model, call).eval(), tuple(feeds[0]), str(path), input_names=names, output_names=["output"], **options)
    exported = onnx.load(path)
    matched = match_initializers(exported, model)
    tensors, errors = {}, {}
    for k, inputs in enumerate(feeds):
        cotangent = torch.randn(call(model.float(), *inputs).shape, generator=torch.Generator().manual_seed(9 + k))
        exact = gradients(model, call, inputs, cotangent, torch.float64)
        single = gradients(model, call, inputs, cotangent, torch.float32)
        model.float()
        largest = max(v.norm().item() for v in exact.values())
        tensors[f"cot{k}"] = cotangent
        for i, n in enumerate(names):
            tensors[f"in{k}.{n}"] = inputs[i].contiguous()
        wanted = {n: (f"input:{i}", False) for i, n in enumerate(names)} | {n: (f"param:{p}", t) for n, (p, t) in matched.items()}
        for n, (key, transposed) in wanted.items():
            if key not in exact or n not in {v.name for v in exported.graph.input} | {v.name for v in exported.graph.initializer}:
                continue
            scale = max(exact[key].norm().item(), 1e-6 * largest)
            errors[f"{k}.{n}"] = (exact[key] - single[key]).norm().item() / scale
            shape = [d for d in (numpy_helper.to_array(next(v for v in exported.graph.initializer if v.name == n)).shape)] if key.startswith("param:") else list(exact[key].shape)
            value = exact[key].T if transposed else exact[key].reshape(shape)
            tensors[f"grad{k}.{n}"] = value.float().contiguous().clone()
    save_file(tensors, str(path.with_suffix(".safetensors")), {"errors": json.dumps(errors), "model": name, "export": export})
    del exported.graph.value_info[:]
    for node in exported.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    onnx.save(exported, str(path))
    print(f"{path.name}: {len(exported.graph.node)} nodes, {len(matched)} of {len(list(model.parameters()))} parameters, worst own error {max(errors.values()):.1e}", flush=True)


if __name__ == "__main__":
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    only = sys.argv[2:] or [f"{m}-{e}" for m in MODELS for e in EXPORTS]
    for case in only:
        name, export = case.rsplit("-", 1)
        try:
            build(name, export, out)
        except Exception as error:
            print(f"{case}: FAILED {type(error).__name__}: {str(error.__cause__ or error)[:600]}", flush=True)

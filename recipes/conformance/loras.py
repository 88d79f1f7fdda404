"""LoRAs for the tiny random models, in each naming, and what diffusers and PEFT draw with them: test/fixtures/loras/.

The models are those that pipelines.py exported, made again from their seeds; a plain drawing is compared with its committed
reference first. Every file has random factors for linear layers and convolutions of the denoiser and, where its naming has
them, of the text encoders. `reference.json` holds requests, the LoRAs with their strengths, and diffusers' final latents.

    /tmp/venv/bin/pip install -r recipes/conformance/requirements.txt
    /tmp/venv/bin/python recipes/conformance/loras.py
"""
import json, re

import numpy as np
import torch
from diffusers import EulerDiscreteScheduler, FlowMatchEulerDiscreteScheduler, PNDMScheduler, SD3Transformer2DModel, DDIMScheduler
from diffusers import StableDiffusion3Pipeline, StableDiffusionPipeline, StableDiffusionXLPipeline
from peft import LoHaConfig, LoKrConfig, LoraConfig, inject_adapter_in_model
from peft.tuners.lora.layer import LoraLayer
from safetensors.torch import save_file
from transformers import CLIPTokenizer, T5Tokenizer

import diffusers.loaders.lora_pipeline as lora_pipeline
from pipelines import FIXTURES, MODELS, SD, TOKENIZERS, References, clip, randomised, t5, unet, vae

OUT = FIXTURES / "loras"

# diffusers leaves `text_model.` out of names for a CLIPTextModel without one, as transformers 5 has it. pipelines.py gave it one.
as_diffusers_has_it = lora_pipeline._load_lora_into_text_encoder


def into_text_encoder(state_dict, network_alphas, text_encoder, *args, **kwargs):
    if not any(name.startswith("text_model.") for name, _ in text_encoder.named_parameters()):
        state_dict, network_alphas = ({k.replace(".text_model.", ".", 1): v for k, v in d.items()} if d else d for d in (state_dict, network_alphas))
    return as_diffusers_has_it(state_dict, network_alphas, text_encoder, *args, **kwargs)


lora_pipeline._load_lora_into_text_encoder = into_text_encoder
ATTENTION = ["to_q", "to_k", "to_v", "to_out.0"]
UNET = [*ATTENTION, "proj_in", "proj_out", "ff.net.0.proj", "ff.net.2"]
CONVOLUTIONS = ["conv1", "conv2", "conv_shortcut", "time_emb_proj", "downsamplers.0.conv", "upsamplers.0.conv", "linear_1", "conv_in", "conv_out"]
TEXT = ["q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"]


def sd15():
    text, net, auto = clip(1, 24), unet(2, 24), vae(3)
    scheduler = PNDMScheduler(**SD, skip_prk_steps=True, set_alpha_to_one=False, steps_offset=1)
    return StableDiffusionPipeline(vae=auto, text_encoder=text, tokenizer=CLIPTokenizer.from_pretrained(str(TOKENIZERS / "clip")), unet=net, scheduler=scheduler, safety_checker=None, feature_extractor=None, requires_safety_checker=False)


def sd2():
    text, net, auto = clip(11, 32, layers=2), unet(12, 32, use_linear_projection=True), vae(13)
    scheduler = DDIMScheduler(**SD, prediction_type="v_prediction", clip_sample=False, set_alpha_to_one=False, steps_offset=1, rescale_betas_zero_snr=True, timestep_spacing="trailing")
    return StableDiffusionPipeline(vae=auto, text_encoder=text, tokenizer=CLIPTokenizer.from_pretrained(str(TOKENIZERS / "clip-2")), unet=net, scheduler=scheduler, safety_checker=None, feature_extractor=None, requires_safety_checker=False)


def sdxl():
    one, two = clip(21, 16, layers=3), clip(22, 24, projection=24, layers=3)
    net = unet(23, 40, addition_embed_type="text_time", addition_time_embed_dim=8, projection_class_embeddings_input_dim=24 + 48, transformer_layers_per_block=(1, 2), use_linear_projection=True)
    scheduler = EulerDiscreteScheduler(**SD, timestep_spacing="leading", steps_offset=1)
    return StableDiffusionXLPipeline(vae=vae(24, scaling_factor=0.13025), text_encoder=one, text_encoder_2=two, tokenizer=CLIPTokenizer.from_pretrained(str(TOKENIZERS / "clip")), tokenizer_2=CLIPTokenizer.from_pretrained(str(TOKENIZERS / "clip-2")),
                                     unet=net, scheduler=scheduler, force_zeros_for_empty_prompt=True, add_watermarker=False)


def sd3():
    one, two, three = clip(31, 16, projection=16, layers=2), clip(32, 24, projection=24, layers=2), t5(33, 48)
    net = randomised(SD3Transformer2DModel(sample_size=8, patch_size=2, in_channels=16, num_layers=2, attention_head_dim=8, num_attention_heads=4, joint_attention_dim=48, caption_projection_dim=32,
                                           pooled_projection_dim=40, out_channels=16, pos_embed_max_size=24), 34)
    net.proj_out.weight.mul_(0.05)
    auto = vae(35, channels=16, scaling_factor=1.5305, shift_factor=0.0609, use_quant_conv=False, use_post_quant_conv=False)
    return StableDiffusion3Pipeline(transformer=net, scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0), vae=auto, text_encoder=one, text_encoder_2=two, text_encoder_3=three, tokenizer=CLIPTokenizer.from_pretrained(str(TOKENIZERS / "clip")),
                                    tokenizer_2=CLIPTokenizer.from_pretrained(str(TOKENIZERS / "clip-2")), tokenizer_3=T5Tokenizer.from_pretrained(str(TOKENIZERS / "t5")))


MODULES = {"sd15": sd15, "sd2-v": sd2, "sdxl": sdxl, "sd3": sd3}


def layers(module, endings):
    """Linear layers and convolutions whose path ends so."""
    return {name: layer for name, layer in module.named_modules() if isinstance(layer, (torch.nn.Linear, torch.nn.Conv2d)) and any(name == e or name.endswith("." + e) for e in endings)}


def factors(layer, rank, generator, strength):
    """down [r, in(, kh, kw)] and up [out, r(, 1, 1)] whose product is about `strength` of the weight."""
    w = layer.weight
    down = torch.randn(rank, *w.shape[1:], generator=generator) / w[0].numel() ** 0.5
    up = torch.randn(w.shape[0], rank, *[1] * (w.ndim - 2), generator=generator) * strength / rank**0.5
    return down, up


def half(tensors):
    return {k: v.half().contiguous() for k, v in tensors.items()}


# --- files, one function per naming: {key: tensor}, header -------------------------------------------------------------------

def kohya(pipeline, seed, rank=4, alpha=2.0, strength=0.5, sgm=False):
    """kohya-ss/sd-scripts with LoCon: linear layers, 1x1 and 3x3 convolutions, text encoders, alphas."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    net = layers(pipeline.unet, [*UNET, *CONVOLUTIONS])
    texts = [("lora_te_" if not sgm else f"lora_te{i}_", encoder) for i, encoder in enumerate((pipeline.text_encoder, getattr(pipeline, "text_encoder_2", None)), 1) if encoder is not None]
    named = [("lora_unet_" + (to_sgm(name, pipeline.unet.config.layers_per_block) if sgm else name.replace(".", "_")), layer) for name, layer in net.items()]
    for prefix, encoder in texts:
        for name, layer in layers(encoder, TEXT).items():
            named.append((prefix + ("" if name.startswith("text_model.") else "text_model_") + name.replace(".", "_"), layer))
    for name, layer in named:
        down, up = factors(layer, rank, generator, strength)
        # As LoCon has it, convolutions have an alpha of their own. Among attention's layers diffusers heeds one alpha alone.
        tensors |= {f"{name}.lora_down.weight": down, f"{name}.lora_up.weight": up, f"{name}.alpha": torch.tensor(alpha / 2 if isinstance(layer, torch.nn.Conv2d) else alpha)}
    return half(tensors), {"ss_network_dim": str(rank), "ss_base_model_version": "tiny"}


def to_sgm(path, per_block):
    """diffusers' path in Stability's names, with underscores."""
    inner = {"norm1": "in_layers_0", "conv1": "in_layers_2", "time_emb_proj": "emb_layers_1", "norm2": "out_layers_0", "conv2": "out_layers_3", "conv_shortcut": "skip_connection"}
    single = {"time_embedding.linear_1": "time_embed_0", "time_embedding.linear_2": "time_embed_2", "add_embedding.linear_1": "label_emb_0_0", "add_embedding.linear_2": "label_emb_0_2", "conv_in": "input_blocks_0_0", "conv_out": "out_2"}
    if path in single:
        return single[path]
    side, rest = path.split(".", 1)
    if side == "mid_block":
        kind, number, rest = rest.split(".", 2)
        return f"middle_block_{1 if kind == 'attentions' else 2 * int(number)}_{inner.get(rest, rest.replace('.', '_'))}"
    block, kind, number, rest = rest.split(".", 3)
    block, number = int(block), int(number)
    if kind == "downsamplers":
        return f"input_blocks_{(block + 1) * (per_block + 1)}_0_op"
    place = block * (per_block + 1) + (per_block if kind == "upsamplers" else number) + (1 if side == "down_blocks" else 0)
    index = {"resnets": 0, "attentions": 1, "upsamplers": 2}[kind]
    return f"{'input' if side == 'down_blocks' else 'output'}_blocks_{place}_{index}_{inner.get(rest, rest.replace('.', '_'))}"


def diffusers_early(pipeline, seed):
    """diffusers before PEFT: attention processors in the UNet, `lora_linear_layer` in the text encoder; no alpha."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, layer in layers(pipeline.unet, ATTENTION).items():
        path, which = re.match(r"(.*)\.(to_q|to_k|to_v|to_out)(?:\.0)?$", name).groups()
        down, up = factors(layer, 2, generator, 0.5)
        tensors |= {f"unet.{path}.processor.{which}_lora.down.weight": down, f"unet.{path}.processor.{which}_lora.up.weight": up}
    for name, layer in layers(pipeline.text_encoder, TEXT[:4]).items():
        down, up = factors(layer, 2, generator, 0.5)
        path = name if name.startswith("text_model.") else f"text_model.{name}"
        tensors |= {f"text_encoder.{path}.lora_linear_layer.down.weight": down, f"text_encoder.{path}.lora_linear_layer.up.weight": up}
    return tensors, {}


def trained_with_peft(pipeline, seed, targets, dora=False, strength=0.5, text=True, **config):
    """What diffusers' own training scripts save: PEFT adapters through `save_lora_weights`, with their metadata."""
    generator = torch.Generator().manual_seed(seed)
    denoiser = "transformer" if getattr(pipeline, "transformer", None) is not None else "unet"
    net = getattr(pipeline, denoiser)
    parts = {denoiser: (net, LoraConfig(r=4, lora_alpha=6, target_modules=list(layers(net, targets)), use_dora=dora, init_lora_weights=False, **config))}
    if text:
        for name in ("text_encoder", "text_encoder_2"):
            if getattr(pipeline, name, None) is not None:
                encoder = getattr(pipeline, name)
                parts[name] = (encoder, LoraConfig(r=2, lora_alpha=3, target_modules=list(layers(encoder, TEXT)), init_lora_weights=False))
    state, metadata = {}, {}
    from diffusers.utils import convert_state_dict_to_diffusers
    from diffusers.training_utils import _collate_lora_metadata
    from peft.utils import get_peft_model_state_dict
    for part, (module, lora) in parts.items():
        module.add_adapter(lora) if hasattr(module, "add_adapter") else inject_adapter_in_model(lora, module)
        with torch.no_grad():
            for layer in module.modules():
                if isinstance(layer, LoraLayer):
                    rank = layer.r["default"]
                    down, up = factors(layer.get_base_layer(), rank, generator, strength)
                    layer.lora_A["default"].weight.copy_(down)
                    layer.lora_B["default"].weight.copy_(up)
                    if layer.lora_B["default"].bias is not None:
                        layer.lora_B["default"].bias.copy_(torch.randn(layer.lora_B["default"].bias.shape, generator=generator) * 0.2)
                    for vector in layer.lora_magnitude_vector.values():
                        vector.weight.mul_(1 + 0.3 * torch.randn(vector.weight.shape, generator=generator))
        state[part] = convert_state_dict_to_diffusers(get_peft_model_state_dict(module)) if part.startswith("text") else get_peft_model_state_dict(module)
    arguments = {f"{'text_encoder' if part == 'text_encoder' else part}_lora_layers": layers_ for part, layers_ in state.items()}
    metadata = _collate_lora_metadata({part: module for part, (module, _) in parts.items()})
    target = OUT / "unsaved"
    pipeline.save_lora_weights(str(target), **arguments, **metadata)
    from safetensors import safe_open
    with safe_open(str(target / "pytorch_lora_weights.safetensors"), "pt") as file:
        tensors, header = {k: file.get_tensor(k) for k in file.keys()}, file.metadata()
    for path in target.iterdir():
        path.unlink()
    target.rmdir()
    return tensors, header


# --- drawing -----------------------------------------------------------------------------------------------------------------

CASES = []


def draw(model, title, loras, pipeline, call=None):
    """One case. `loras`: {file: strength}."""
    references = References(MODELS / model, pipeline)
    references.draw(title, **(call or {}))
    CASES.append({"model": model, "loras": loras, **references.cases[0]})


def plain_is_the_same(model):
    pipeline = MODULES[model]()
    references = References(MODELS / model, pipeline)
    references.draw("own scheduler")
    cases = json.loads((MODELS / model / "reference.json").read_text())["cases"]
    assert next(c for c in cases if c["title"] == "own scheduler")["latents"] == references.cases[0]["latents"], model
    CASES.append({"model": model, "loras": {}, **references.cases[0]})


def write(name, tensors, header):
    OUT.mkdir(exist_ok=True)
    save_file({k: v.contiguous() for k, v in tensors.items()}, str(OUT / f"{name}.safetensors"), metadata=header or None)


def drawn_by_diffusers(model, name, made, weights=(1.0,)):
    """diffusers loads the file and draws with it."""
    write(name, *made)
    for weight in weights:
        pipeline = MODULES[model]()
        pipeline.load_lora_weights(str(OUT / f"{name}.safetensors"), adapter_name="it")
        pipeline.set_adapters(["it"], [weight])
        draw(model, f"{name} at {weight}", {name: weight}, pipeline)


def together(model, uses):
    pipeline = MODULES[model]()
    for name in uses:
        pipeline.load_lora_weights(str(OUT / f"{name}.safetensors"), adapter_name=name)
    pipeline.set_adapters(list(uses), list(uses.values()))
    draw(model, "several together", uses, pipeline)


def drawn_with_peft(model, name, config, rename, endings):
    """A kind that diffusers' loader does not read: PEFT draws, and the file is written in LyCORIS' names."""
    pipeline = MODULES[model]()
    generator = torch.Generator().manual_seed(5)
    adapted = layers(pipeline.unet, endings)
    inject_adapter_in_model(config(list(adapted)), pipeline.unet)
    tensors = {}
    with torch.no_grad():
        for key, parameter in pipeline.unet.named_parameters():
            match = re.match(r"(.*)\.((?:hada|lokr)_\w+)\.default$", key)
            if not match:
                continue
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.4)
            module = "lora_unet_" + match.group(1).replace(".", "_")
            tensors |= {f"{module}.{match.group(2)}": parameter.clone(), f"{module}.alpha": torch.tensor(rename)}
    write(name, tensors, {})
    draw(model, f"{name} at 1.0", {name: 1.0}, pipeline)


def main():
    for model in MODULES:
        plain_is_the_same(model)
    drawn_by_diffusers("sd15", "sd15-kohya", kohya(sd15(), 1), (1.0, 0.6, -0.5))
    drawn_by_diffusers("sd15", "sd15-early", diffusers_early(sd15(), 2))
    drawn_by_diffusers("sd15", "sd15-peft", trained_with_peft(sd15(), 3, [*UNET, *CONVOLUTIONS], rank_pattern={"proj_in": 2, "conv_in": 3}, alpha_pattern={"proj_in": 3, "ff.net.2": 1}), (1.0, 0.5))
    drawn_by_diffusers("sd15", "sd15-dora", trained_with_peft(sd15(), 4, [*UNET, "conv1", "conv2"], dora=True, text=False))
    drawn_by_diffusers("sd15", "sd15-rslora-bias", trained_with_peft(sd15(), 6, ["to_q", "to_out.0", "conv1", "ff.net.2"], text=False, use_rslora=True, lora_bias=True))
    together("sd15", {"sd15-kohya": 0.7, "sd15-early": -0.4, "sd15-peft": 0.3})
    drawn_with_peft("sd15", "sd15-loha", lambda names: LoHaConfig(r=3, alpha=2, target_modules=names, init_weights=False), 2.0, [*UNET, "conv1", "conv2"])
    drawn_with_peft("sd15", "sd15-lokr", lambda names: LoKrConfig(r=2, alpha=1, target_modules=names, init_weights=False, decompose_both=True), 1.0, UNET[:4] + UNET[6:])
    drawn_by_diffusers("sd2-v", "sd2-kohya", kohya(sd2(), 11), (1.0,))
    drawn_by_diffusers("sdxl", "sdxl-kohya", kohya(sdxl(), 21, sgm=True), (1.0, 0.5))
    drawn_by_diffusers("sdxl", "sdxl-peft", trained_with_peft(sdxl(), 22, UNET), (0.8,))
    # `proj_out` is in sd3-all (rounding.py): at six steps this model makes too much of rounding for 1e-3 to say something.
    drawn_by_diffusers("sd3", "sd3-peft", trained_with_peft(sd3(), 31, [*ATTENTION, "add_q_proj", "add_k_proj", "add_v_proj", "to_add_out", "ff.net.0.proj", "ff.net.2", "ff_context.net.0.proj", "linear"], strength=0.2), (1.0, 0.5))
    base = {c["model"]: np.frombuffer(__import__("base64").b64decode(c["latents"]), "<f4") for c in CASES if not c["loras"]}
    for case in CASES:
        latents = np.frombuffer(__import__("base64").b64decode(case["latents"]), "<f4")
        case["moved"] = float(np.linalg.norm(latents - base[case["model"]]) / np.linalg.norm(base[case["model"]]))
        print(case["model"], case["title"], round(case["std"], 2), "moved", round(case["moved"], 3))
    import diffusers, peft
    text = json.dumps({"torch": torch.__version__, "diffusers": diffusers.__version__, "peft": peft.__version__, "cases": CASES}, separators=(",", ":"), allow_nan=False).replace('{"model"', '\n{"model"')
    (OUT / "reference.json").write_text(text + "\n")


if __name__ == "__main__":
    main()

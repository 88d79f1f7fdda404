"""Drawings in which float32's rounding grows beyond 1e-3, with the same drawings in float64: test/conformance/data/rounding.json.

A random model at high guidance doubles a difference at every step, so that two float32 drawings part whoever makes them: diffusers
itself is 6.7e-3 from its own float64 at guidance 7 and six steps on the tiny SD3, and 2.8e-3 from what it drew on another machine.
What can be asked of a third float32 drawing is that it is no further from float64 than diffusers' is. Each case therefore has the
latents of float64 (`latents`) and how far diffusers' float32 is from them (`rounding`, the larger of two ways to compute attention).

Everything that says float32 is float64 for those, upcasts within modules and schedulers too; the noise is float32's own.
The LoRA of all layers, `proj_out` among them, goes to test/fixtures/loras/sd3-all.safetensors. Cases that barely grow (one step, no
guidance) are here to show that layer alone.

    /tmp/venv/bin/python recipes/conformance/rounding.py
"""
import contextlib, json, pathlib

import diffusers
import numpy as np
import torch
import torch.nn.functional as F

from loras import ATTENTION, OUT, sd3, sd15, sdxl, trained_with_peft, write
from pipelines import NEGATIVE, PROMPT, encoded

DATA = pathlib.Path(__file__).parents[2] / "test/conformance/data"
FLOAT32 = torch.float32
LORA = "sd3-all"
MODULES = {"sd3": sd3, "sd15": sd15, "sdxl": sdxl}


@contextlib.contextmanager
def doubled():
    """What asks for float32 gets float64."""
    kept = torch.float32, torch.float, torch.Tensor.float
    torch.float32 = torch.float = torch.float64
    torch.Tensor.float = torch.Tensor.double
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.float32, torch.float, torch.Tensor.float = kept
        torch.set_default_dtype(FLOAT32)


@contextlib.contextmanager
def plain_attention():
    """Attention as products and a softmax, as an exported graph has it."""
    kept = F.scaled_dot_product_attention

    def attention(q, k, v, attn_mask=None, scale=None, **_):
        logits = (q @ k.transpose(-1, -2)) * (scale or q.shape[-1] ** -0.5)
        return torch.softmax(logits if attn_mask is None else logits + attn_mask, -1) @ v

    F.scaled_dot_product_attention = attention
    try:
        yield
    finally:
        F.scaled_dot_product_attention = kept


def latents_of(pipeline, call, dtype):
    seed, channels = call["seed"], (getattr(pipeline, "transformer", None) or pipeline.unet).config.in_channels
    noise = torch.randn(1, channels, call["height"] // 8, call["width"] // 8, generator=torch.Generator("cpu").manual_seed(seed), dtype=FLOAT32)
    with torch.no_grad():
        drawn = pipeline(**{k: v for k, v in call.items() if k != "seed"}, latents=noise.to(dtype), output_type="latent").images
    assert drawn.dtype == dtype and torch.isfinite(drawn).all()
    return drawn


def distance(a, b):
    return float((a.double() - b).norm() / b.norm())


def case(model, lora=None, **call):
    """`lora`: strength of the file with all layers."""
    call = {"prompt": PROMPT, "negative_prompt": NEGATIVE, "num_inference_steps": 6, "guidance_scale": 7.0, "width": 64, "height": 64, "seed": 42, **call}
    pipeline = MODULES[model]()
    pipeline.set_progress_bar_config(disable=True)
    if lora is not None:
        pipeline.load_lora_weights(str(OUT / f"{LORA}.safetensors"), adapter_name="it")
        pipeline.set_adapters(["it"], [lora])
    single = [latents_of(pipeline, call, FLOAT32)]
    with plain_attention():
        single.append(latents_of(pipeline, call, FLOAT32))
    with doubled():
        pipeline = pipeline.to(torch.float64)
        pipeline.scheduler = type(pipeline.scheduler).from_config(pipeline.scheduler.config)
        exact = latents_of(pipeline, call, torch.float64)
    rounding = max(distance(each, exact) for each in single)
    print(model, "LoRA" if lora else "", call["guidance_scale"], "steps", call["num_inference_steps"], "seed", call["seed"], f"rounding {rounding:.1e}, the two ways {distance(single[1], single[0].double()):.1e}")
    return {"model": model, "loras": {} if lora is None else {LORA: lora}, **call, "rounding": float(f"{rounding:.3g}"), "latents": encoded(exact.to(FLOAT32))}


def main():
    if not (OUT / f"{LORA}.safetensors").exists():
        write(LORA, *trained_with_peft(sd3(), 32, [*ATTENTION, "add_q_proj", "to_add_out", "ff.net.2", "linear", "proj_out"], strength=0.5))
    cases = [case("sd3", guidance_scale=guidance, seed=seed) for guidance in (7.0, 12.0) for seed in (42, 1, 2)]
    cases += [case("sd3", guidance_scale=9.0, seed=seed) for seed in (42, 2)]
    cases += [case("sd3", guidance_scale=7.0, num_inference_steps=1)]
    cases += [case("sd3", lora=lora, guidance_scale=guidance, num_inference_steps=steps) for lora, guidance, steps in ((1.0, 5.0, 1), (1.0, 1.0, 6), (1.0, 3.0, 2), (0.5, 3.0, 4))]
    cases += [case(model, guidance_scale=12.0, num_inference_steps=20) for model in ("sd15", "sdxl")]
    text = json.dumps({"torch": torch.__version__, "diffusers": diffusers.__version__, "cases": cases}, separators=(",", ":"), allow_nan=False).replace('{"model"', '\n{"model"')
    (DATA / "rounding.json").write_text(text + "\n")


if __name__ == "__main__":
    main()

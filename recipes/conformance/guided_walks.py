"""
Whole drawings in which ways of guidance act together, which diffusers has no pipeline for: its networks and schedulers, with the
formulas of guidance.py between them. The model is sd2-v of pipelines.py, which must have written its graphs.

usage: python recipes/conformance/guided_walks.py      writes test/conformance/data/guided-walks.json
"""
import json
from pathlib import Path

import torch
from diffusers import DDIMScheduler, DPMSolverMultistepScheduler, EulerAncestralDiscreteScheduler, HeunDiscreteScheduler, StableDiffusionPipeline, TCDScheduler
from transformers import CLIPTokenizer

from pipelines import NEGATIVE, PROMPT, TOKENIZERS, clip, encoded, unet, vae

OUT = Path(__file__).parents[2] / "test/conformance/data/guided-walks.json"
STEPS, SCALE, SEED, ETA = 8, 4.0, 11, 0.6
SAMPLERS = {"DDIM": DDIMScheduler, "TCD": TCDScheduler, "Euler a": EulerAncestralDiscreteScheduler, "Heun": HeunDiscreteScheduler, "DPM++ 2M": DPMSolverMultistepScheduler}
WAYS = [
    {"rescale": 0.6, "interval": [0.25, 0.75]},
    {"perpendicular": 0.8, "rescale": 0.5, "interval": [0, 0.6]},
    {"threshold": 0.95},
    {"threshold": 0.9, "perpendicular": 0.5, "rescale": 0.4, "interval": [0.1, 0.9]},
]


def level(scheduler, timestep):
    """What x0 is read by at a call: x0 = a · latents − s · v / scale of the latents, as (a, s)."""
    if not hasattr(scheduler, "sigmas"):
        alpha_bar = float(scheduler.alphas_cumprod[int(timestep)])
        return alpha_bar**0.5, (1 - alpha_bar) ** 0.5
    if scheduler.step_index is None:
        scheduler._init_step_index(timestep)
    sigma = float(scheduler.sigmas[scheduler.step_index])
    alpha = 1 / (sigma**2 + 1) ** 0.5
    variance_exploding = scheduler.__class__ in (EulerAncestralDiscreteScheduler, HeunDiscreteScheduler)
    return (alpha**2 if variance_exploding else alpha), sigma * alpha


def guided(answers, latents, clean_by, rescale=0.0, perpendicular=0.0, threshold=0.0):
    conditional, other = answers["prompt"], answers["empty" if perpendicular else "negative"]
    towards = conditional - other
    if perpendicular:
        away = answers["negative"] - other
        towards = towards - perpendicular * (away - (away * towards).sum() / towards.norm() ** 2 * towards)
    result = other + SCALE * towards
    result = rescale * result * conditional.std() / result.std() + (1 - rescale) * result
    if not threshold:
        return result
    a, s = clean_by
    clean = lambda answer: a * latents - s * answer
    limit, unit = (torch.quantile(clean(answer).abs().flatten(), threshold) for answer in (result, conditional))
    return result if limit <= unit else (a * latents - clean(result).clamp(-limit, limit) * (unit / limit)) / s


def walk(pipeline, kind, way):
    scheduler = kind.from_config(DDIMScheduler.from_pretrained(OUT.parents[2] / "fixtures/models/sd2-v/scheduler").config)
    scheduler.set_timesteps(STEPS)
    texts = {name: pipeline.encode_prompt(text, "cpu", 1, False)[0] for name, text in (("prompt", PROMPT), ("negative", NEGATIVE), ("empty", ""))}
    generator = torch.Generator("cpu").manual_seed(SEED)
    latents = torch.randn(1, 4, 8, 8, generator=generator) * scheduler.init_noise_sigma
    start, stop = way.get("interval", (0, 1))
    more = {"generator": generator} if kind is not HeunDiscreteScheduler else {}
    more |= {"eta": ETA} if kind in (DDIMScheduler, TCDScheduler) else {}
    for i, timestep in enumerate(scheduler.timesteps):
        shown = scheduler.scale_model_input(latents, timestep)
        answers = {name: pipeline.unet(shown, timestep, encoder_hidden_states=states, return_dict=False)[0] for name, states in texts.items()}
        acts = int(start * STEPS) <= i // scheduler.order < int(stop * STEPS)
        ways = {name: value for name, value in way.items() if name != "interval"}
        answer = guided(answers, latents, level(scheduler, timestep), **ways) if acts else answers["prompt"]
        latents = scheduler.step(answer, timestep, latents, return_dict=False, **more)[0]
    assert torch.isfinite(latents).all(), (kind, way)
    return latents


def main():
    parts = dict(vae=vae(13), text_encoder=clip(11, 32, layers=2), tokenizer=CLIPTokenizer.from_pretrained(str(TOKENIZERS / "clip-2")), unet=unet(12, 32, use_linear_projection=True), scheduler=DDIMScheduler())
    pipeline = StableDiffusionPipeline(**parts, safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    with torch.no_grad():
        cases = [{"sampler": sampler, **way, "latents": encoded(walk(pipeline, kind, way))} for sampler, kind in SAMPLERS.items() for way in WAYS]
    facts = {"model": "sd2-v", "prompt": PROMPT, "negative_prompt": NEGATIVE, "steps": STEPS, "guidance_scale": SCALE, "seed": SEED, "eta": ETA}
    OUT.write_text(json.dumps({**facts, "cases": cases}, separators=(",", ":")).replace('{"sampler"', '\n{"sampler"') + "\n")


if __name__ == "__main__":
    main()

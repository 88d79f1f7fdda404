"""
Reference latents of diffusers' batched call: several prompts, a list of generators (one seed each), one run of the network for all.
The models are those of pipelines.py, which must have written their graphs.

usage: python recipes/conformance/batches.py      writes test/conformance/data/batches.json
"""
import json
from pathlib import Path

import torch
from diffusers import DDIMScheduler, DPMSolverMultistepScheduler, EulerAncestralDiscreteScheduler, EulerDiscreteScheduler, PNDMScheduler, StableDiffusionPipeline
from transformers import CLIPTokenizer

from pipelines import NEGATIVE, SD, TOKENIZERS, clip, encoded, unet, vae

OUT = Path(__file__).parents[2] / "test/conformance/data/batches.json"
PROMPTS = ["a red heart", "two blue stars on a hill", "an orange cat"]
SEEDS = [42, 43, 2**33 + 5]
CASES = [
    (None, PNDMScheduler, {}, {}),
    ("Euler", EulerDiscreteScheduler, {}, {}),
    ("Euler a", EulerAncestralDiscreteScheduler, {}, {}),
    ("DPM++ 2M", DPMSolverMultistepScheduler, {}, {}),
    ("DDIM", DDIMScheduler, {}, {"eta": 0.5}),
]


def main():
    scheduler = PNDMScheduler(**SD, skip_prk_steps=True, set_alpha_to_one=False, steps_offset=1)
    parts = dict(vae=vae(3), text_encoder=clip(1, 24), tokenizer=CLIPTokenizer.from_pretrained(str(TOKENIZERS / "clip")), unet=unet(2, 24), scheduler=scheduler)
    pipeline = StableDiffusionPipeline(**parts, safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    pipeline.set_progress_bar_config(disable=True)
    own = PNDMScheduler.from_pretrained(OUT.parents[2] / "fixtures/models/sd15/scheduler")
    cases = []
    for sampler, kind, overrides, call in CASES:
        pipeline.scheduler = kind.from_config(own.config, **overrides)
        generators = [torch.Generator("cpu").manual_seed(seed) for seed in SEEDS]
        with torch.no_grad():
            latents = pipeline(PROMPTS, negative_prompt=[NEGATIVE] * len(PROMPTS), num_inference_steps=6, guidance_scale=5.0, width=64, height=64, generator=generators, output_type="latent", **call).images
        cases.append({"sampler": sampler, **call, "latents": [encoded(one) for one in latents]})
    facts = {"model": "sd15", "negative_prompt": NEGATIVE, "num_inference_steps": 6, "guidance_scale": 5.0, "width": 64, "height": 64}
    OUT.write_text(json.dumps({**facts, "prompts": PROMPTS, "seeds": SEEDS, "cases": cases}, separators=(",", ":")).replace('{"sampler"', '\n{"sampler"') + "\n")


if __name__ == "__main__":
    main()

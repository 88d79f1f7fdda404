"""FlowEdit in PyTorch on the tiny models, for src/diffusion/editing: writes test/conformance/data/flow-edit.json.

Networks, text encoders and autoencoders are the PyTorch modules that pipelines.py exported (same seeds), sigmas are diffusers'
Euler schedulers'. The icon model has no PyTorch twin of its own weights: its graph is run, everything else is the same. The
method: Kulikov et al. 2024 (2412.08629), algorithm 1 with n_avg = 1; for models that predict noise or v on x/sqrt(alpha_bar).

    /work/train/venv/bin/python recipes/conformance/flow_edit.py
"""
import json

import numpy as np
import onnxruntime
import torch
from diffusers import EulerDiscreteScheduler, FlowMatchEulerDiscreteScheduler, StableDiffusion3Pipeline, StableDiffusionPipeline
from PIL import Image
from transformers import CLIPTokenizer, T5Tokenizer

from pipelines import FIXTURES, MODELS, SD, TOKENIZERS, AutoencoderKL, SD3Transformer2DModel, clip, encoded, randomised, t5, unet, vae  # noqa: F401

FROM, TO, NEGATIVE = "a photograph of an astronaut riding a horse", "a photograph of an astronaut riding a cow, snow", "blurry"


def picture(name="sd15"):
    x = np.asarray(Image.open(MODELS / name / "init.png").convert("RGB")).astype(np.float32) / 255 * 2 - 1
    return torch.from_numpy(x).permute(2, 0, 1)[None]


def flow_edit(z_src, levels, start, velocity, randn, noisy):
    """levels: noise levels with a final 0; velocity(side, z, i) guided; noisy(z, level, noise)."""
    z = z_src.clone()
    for i in range(start, len(levels) - 1):
        noise = randn(z.shape)
        source = noisy(z_src, levels[i], noise)
        target = z + source - z_src
        z = z + (levels[i + 1] - levels[i]) * (velocity("to", target, i) - velocity("from", source, i))
    return z


def guidance(answers, scale):
    return answers[1] + scale * (answers[0] - answers[1]) if scale > 1 else answers[0]


def discrete(name, pipeline, config, case):
    generator = torch.Generator().manual_seed(case["seed"])
    z_src = pipeline.vae.encode(picture()).latent_dist.sample(generator) * pipeline.vae.config.scaling_factor
    scheduler = EulerDiscreteScheduler.from_config(config)
    scheduler.set_timesteps(case["steps"])
    levels = scheduler.sigmas.double()
    text = {side: pipeline.encode_prompt(case[side], "cpu", 1, True, case["negative"]) for side in ("from", "to")}

    def epsilon(side, y, i):
        alpha = 1 / (levels[i] ** 2 + 1).sqrt()
        x = (y * alpha).float()
        answers = [pipeline.unet(x, scheduler.timesteps[i], states, return_dict=False)[0] for states in text[side]]
        v = guidance(answers, case["cfg"][side]).double()
        return (alpha * v + levels[i] * alpha * x.double()) if scheduler.config.prediction_type == "v_prediction" else v

    z = flow_edit(z_src.double(), levels, case["steps"] - case["nStart"], epsilon, lambda s: torch.randn(s, generator=generator).double(), lambda z, sigma, n: z + sigma * n)
    return {"model": name, **case, "latents": encoded(z)}


def sd3(case):
    one, two, three = clip(31, 16, projection=16, layers=2), clip(32, 24, projection=24, layers=2), t5(33, 48)
    net = randomised(SD3Transformer2DModel(sample_size=8, patch_size=2, in_channels=16, num_layers=2, attention_head_dim=8, num_attention_heads=4, joint_attention_dim=48, caption_projection_dim=32,
                                           pooled_projection_dim=40, out_channels=16, pos_embed_max_size=24), 34)
    net.proj_out.weight.mul_(0.05)
    auto = vae(35, channels=16, scaling_factor=1.5305, shift_factor=0.0609, use_quant_conv=False, use_post_quant_conv=False)
    pipeline = StableDiffusion3Pipeline(transformer=net, scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0), vae=auto, text_encoder=one, text_encoder_2=two, text_encoder_3=three,
                                        tokenizer=CLIPTokenizer.from_pretrained(str(TOKENIZERS / "clip")), tokenizer_2=CLIPTokenizer.from_pretrained(str(TOKENIZERS / "clip-2")), tokenizer_3=T5Tokenizer.from_pretrained(str(TOKENIZERS / "t5")))
    generator = torch.Generator().manual_seed(case["seed"])
    z_src = (auto.encode(picture("sd3")).latent_dist.sample(generator) - auto.config.shift_factor) * auto.config.scaling_factor
    pipeline.scheduler.set_timesteps(case["steps"])
    text = {side: pipeline.encode_prompt(case[side], None, None, negative_prompt=case["negative"], device="cpu") for side in ("from", "to")}

    def velocity(side, z, i):
        states, empty, pooled, empty_pooled = text[side]
        t = pipeline.scheduler.timesteps[i].expand(1)
        answers = [net(hidden_states=z.float(), encoder_hidden_states=h, pooled_projections=p, timestep=t, return_dict=False)[0] for h, p in ((states, pooled), (empty, empty_pooled))]
        return guidance(answers, case["cfg"][side]).double()

    z = flow_edit(z_src.double(), pipeline.scheduler.sigmas.double(), case["steps"] - case["nStart"], velocity, lambda s: torch.randn(s, generator=generator).double(), lambda z, sigma, n: (1 - sigma) * z + sigma * n)
    return {"model": "sd3", **case, "latents": encoded(z)}


def icon(case):
    folder = MODELS / "tiny-icon"
    from tokenizers import Tokenizer
    load = lambda part: onnxruntime.InferenceSession(str(folder / part / "model.onnx"), providers=["CPUExecutionProvider"])
    encoder, net = load("text_encoder"), load("transformer")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer" / "tokenizer.json"))
    tokenizer.enable_padding(length=32)
    tokenizer.enable_truncation(32)

    def encode(text):
        e = tokenizer.encode(text)
        ids, mask = np.array([e.ids]), np.array([e.attention_mask])
        hidden, pooled = encoder.run(None, {"input_ids": ids, "attention_mask": mask})
        return hidden, pooled, ((mask - 1) * 1e4).astype(np.float32)

    scheduler = FlowMatchEulerDiscreteScheduler.from_pretrained(folder / "scheduler")
    scheduler.set_timesteps(case["steps"])
    text = {side: [encode(case[side]), encode(case["negative"])] for side in ("from", "to")}

    def velocity(side, z, i):
        t = scheduler.timesteps[i].numpy()[None]
        answers = [torch.from_numpy(net.run(None, {"hidden_states": z.float().numpy(), "timestep": t, "encoder_hidden_states": h, "pooled_projections": p, "encoder_attention_bias": b})[0]) for h, p, b in text[side]]
        return guidance(answers, case["cfg"][side]).double()

    generator = torch.Generator().manual_seed(case["seed"])
    z = flow_edit(picture().double(), scheduler.sigmas.double(), case["steps"] - case["nStart"], velocity, lambda s: torch.randn(s, generator=generator).double(), lambda z, sigma, n: (1 - sigma) * z + sigma * n)
    return {"model": "tiny-icon", **case, "latents": encoded(z)}


def main():
    case = lambda steps=10, n=7, source=3.5, target=6.0, seed=42, **words: {"from": FROM, "to": TO, "negative": NEGATIVE, "cfg": {"from": source, "to": target}, "steps": steps, "nStart": n, "seed": seed, **words}
    tokenizer = lambda name: CLIPTokenizer.from_pretrained(str(TOKENIZERS / name))
    pipe = lambda text, net, auto, words: StableDiffusionPipeline(vae=auto, text_encoder=text, tokenizer=words, unet=net, scheduler=EulerDiscreteScheduler(), safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    one = pipe(clip(1, 24), unet(2, 24), vae(3), tokenizer("clip"))
    two = pipe(clip(11, 32, layers=2), unet(12, 32, use_linear_projection=True), vae(13), tokenizer("clip-2"))
    own = lambda name: json.loads((MODELS / name / "scheduler" / "scheduler_config.json").read_text()) | {"steps_offset": 1}
    first, second = own("sd15"), own("sd2-v")
    words = {"from": "red heart", "to": "blue star", "negative": ""}
    with torch.no_grad():
        cases = [
            discrete("sd15", one, first, case()), discrete("sd15", one, first, case(10, 10, 1.0, 1.0, 7)), discrete("sd2-v", two, second, case(8, 5)),
            sd3(case()), sd3(case(8, 8, 1.0, 4.0, 3)), icon(case(8, 6, 2.0, 4.0, **words)), icon(case(5, 5, 1.0, 1.0, 9, **words)),
        ]
    out = FIXTURES.parent / "conformance" / "data" / "flow-edit.json"
    out.write_text("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
    print(out, out.stat().st_size, [(c["model"], round(float(np.frombuffer(__import__("base64").b64decode(c["latents"]), "<f4").std()), 3)) for c in cases])


if __name__ == "__main__":
    main()

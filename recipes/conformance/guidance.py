"""Reference numbers of guidance: writes test/conformance/data/guidance.json.

    /tmp/venv/bin/python recipes/conformance/guidance.py

Plain guidance with rescale and interval is diffusers' own guider. Perp-Neg is eq. 5 of 2304.04968 in PyTorch. Dynamic
thresholding is diffusers' `DDIMScheduler._threshold_sample` without its upper bound, read from a guided epsilon and written back.
"""
import base64, json, math, pathlib
import torch
import diffusers
from diffusers import DDIMScheduler
from diffusers.guiders import ClassifierFreeGuidance

N = 64
generator = torch.Generator().manual_seed(7)


def randn():
    return torch.randn(1, 4, 4, 4, generator=generator)


def encoded(tensor):
    return base64.b64encode(tensor.numpy().astype("<f4").tobytes()).decode()


def perp_neg(conditional, negative, empty, weight, scale):
    towards, away = conditional - empty, negative - empty
    perpendicular = away - (away * towards).sum() / towards.norm() ** 2 * towards
    return empty + scale * (towards - weight * perpendicular)


def thresholded(guided, conditional, sample, alpha_bar, ratio, pixels):
    alpha, sigma = math.sqrt(alpha_bar), math.sqrt(1 - alpha_bar)
    scheduler = DDIMScheduler(thresholding=True, dynamic_thresholding_ratio=ratio, sample_max_value=math.inf)
    clean = lambda epsilon: (sample - sigma * epsilon) / alpha
    unit = 1.0 if pixels else torch.quantile(clean(conditional).abs().flatten(), ratio)
    return (sample - alpha * unit * scheduler._threshold_sample(clean(guided) / unit)) / sigma


cases = []
conditional, unconditional, negative, sample = randn(), randn(), randn(), 2 * randn()
inputs = {name: encoded(value) for name, value in (("conditional", conditional), ("unconditional", unconditional), ("negative", negative), ("sample", sample))}
for scale in (1.5, 7.5):
    for rescale in (0.0, 0.7):
        guider = ClassifierFreeGuidance(guidance_scale=scale, guidance_rescale=rescale)
        cases.append({"kind": "plain", "scale": scale, "rescale": rescale, "result": encoded(guider.forward(conditional, unconditional).pred)})
    for weight in (0.5, 2.0):
        cases.append({"kind": "perpendicular", "scale": scale, "weight": weight, "result": encoded(perp_neg(conditional, negative, unconditional, weight, scale))})
    for ratio in (0.9, 0.995):
        for pixels in (True, False):
            guided = unconditional + scale * (conditional - unconditional)
            cases.append({"kind": "threshold", "scale": scale, "ratio": ratio, "pixels": pixels, "alphaBar": 0.3, "result": encoded(thresholded(guided, conditional, sample, 0.3, ratio, pixels))})
for start, stop in ((0.0, 1.0), (0.2, 0.8), (0.3, 0.3), (0.15, 0.95), (0.0, 0.55)):
    for steps in (1, 4, 7, 20):
        guider = ClassifierFreeGuidance(guidance_scale=3.0, start=start, stop=stop)
        acting = []
        for step in range(steps):
            guider.set_state(step=step, num_inference_steps=steps, timestep=None)
            acting.append(guider.num_conditions == 2)
        cases.append({"kind": "interval", "interval": [start, stop], "acting": acting})
text = json.dumps({"torch": torch.__version__, "diffusers": diffusers.__version__, **inputs, "cases": cases}, separators=(",", ":")).replace('{"kind"', '\n{"kind"')
path = pathlib.Path(__file__).parents[2] / "test/conformance/data/guidance.json"
path.write_text(text + "\n")
print(len(cases), "cases,", len(text), "bytes")

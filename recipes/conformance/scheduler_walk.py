"""A diffusers scheduler walked over a formula for a model, as a pipeline walks it: what schedulers.py and scheduler_sweep.py share.

`model` and `noise` are formulas, written again in test/conformance/schedulers.test.ts, so that references hold only what diffusers answers.
"""
import base64, math
import numpy as np
import torch
import diffusers
from diffusers.schedulers import scheduling_dpmsolver_sde
from diffusers.pipelines.flux.pipeline_flux import calculate_shift

SHAPE = (1, 4, 2, 2)
N = 16
draws = 0


def noise(k):
    return torch.tensor([1.7 * math.sin(12.9898 * (k * N + j + 1)) for j in range(N)], dtype=torch.float32).reshape(SHAPE)


def draw(*_args, **_kwargs):
    global draws
    draws += 1
    return noise(draws)


def model(x, t):
    c = torch.tensor([math.sin(j + 1) for j in range(N)], dtype=torch.float32).reshape(SHAPE)
    return 0.4 * x + 0.6 * (1 - float(t) / 2000) * c


class Path:
    """A Brownian path laid from two draws per step, in place of torchsde's tree."""

    def __init__(self, *_args, **_kwargs):
        self.first = None

    def __call__(self, start, end):
        start, end = float(start), float(end)
        if self.first is None:
            self.first = (end, draw())
            return self.first[1]
        middle, upper = self.first
        self.first = None
        return (math.sqrt(start - middle) * upper + math.sqrt(middle - end) * draw()) / math.sqrt(start - end)


scheduling_dpmsolver_sde.BrownianTreeNoiseSampler = Path
for name in dir(diffusers.schedulers):
    module = getattr(diffusers.schedulers, name)
    if name.startswith("scheduling_") and hasattr(module, "randn_tensor"):
        module.randn_tensor = draw


def in_double(scheduler):
    for key, value in vars(scheduler).items():
        if isinstance(value, torch.Tensor) and value.dtype == torch.float32:
            setattr(scheduler, key, value.double())


def walk(scheduler, options, double=False, disturbed=0.0):
    """What a diffusers pipeline does with a scheduler. `double`: with its float32 tables, but without float32's rounding on the way.
    `disturbed`: start that much off, relatively, every other value upwards."""
    global draws
    draws = 0
    kwargs = {}
    if options.get("imageSequenceLength"):
        c = scheduler.config
        kwargs["mu"] = calculate_shift(options["imageSequenceLength"], c.get("base_image_seq_len", 256), c.get("max_image_seq_len", 4096), c.get("base_shift", 0.5), c.get("max_shift", 1.15))
    if options.get("sigmas"):
        scheduler.set_timesteps(sigmas=options["sigmas"], **kwargs)
    elif options.get("lcmStrength"):
        scheduler.set_timesteps(options["steps"], strength=options["strength"])
    else:
        scheduler.set_timesteps(options["steps"], **kwargs)
    if double:
        in_double(scheduler)
    real = torch.float64 if double else torch.float32
    steps, strength = options["steps"], options.get("strength", 1)
    timesteps = scheduler.timesteps
    flow = "Flow" in type(scheduler).__name__ or getattr(scheduler.config, "use_flow_sigmas", False)
    if strength < 1 and not options.get("lcmStrength"):
        skip = int(max(steps - min(steps * strength, steps), 0)) if flow else max(steps - min(int(steps * strength), steps), 0)
        timesteps = timesteps[skip * scheduler.order:]
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(skip * scheduler.order)
    init = scheduler.init_noise_sigma if hasattr(scheduler, "init_noise_sigma") else 1.0
    if strength < 1:
        original = noise(1000).to(real)
        if hasattr(scheduler, "scale_noise"):
            x = scheduler.scale_noise(original, timesteps[:1], noise(0).to(real))
        else:
            x = scheduler.add_noise(original, noise(0).to(real), timesteps[:1])
    else:
        x = noise(0).to(real) * init
    x = x * (1 + disturbed * torch.tensor([1.0, -1.0]).repeat(N // 2).reshape(SHAPE).to(x.dtype))
    extra = {"eta": options["eta"]} if "eta" in options else {}
    samples = [x]
    with torch.no_grad():
        for t in timesteps:
            scaled = scheduler.scale_model_input(x, t) if hasattr(scheduler, "scale_model_input") else x
            x = scheduler.step(model(scaled, t), t, x, **extra).prev_sample
            samples.append(x)
    data = np.stack([s.numpy().reshape(N).astype("<f4") for s in samples])
    assert np.isfinite(data).all() and torch.isfinite(scheduler.timesteps.float()).all(), (type(scheduler).__name__, {k: v for k, v in scheduler.config.items() if v}, options)
    return {
        "timesteps": [float(t) for t in scheduler.timesteps],
        "initNoiseSigma": float(init),
        "draws": draws,
        "samples": base64.b64encode(data.tobytes()).decode(),
    }

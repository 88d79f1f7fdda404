"""Step-by-step reference numbers of diffusers' schedulers: writes test/conformance/data/schedulers.json.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install torch==2.13.0 diffusers==0.42.1 scipy torchsde
    /tmp/venv/bin/python recipes/conformance/schedulers.py

A case is {config, options, timesteps, initNoiseSigma, draws, samples}:
`config` and `options` are what the test gives to createScheduler; `samples` are the latents before the first call and after
every call, 16 float32 each, base64.
"""
import json, pathlib
import diffusers
import numpy as np
import torch
from scheduler_walk import walk

cases = []
SD = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}


def case(class_name, config=None, steps=7, **options):
    config = dict(config or {})
    scheduler = getattr(diffusers, class_name).from_config({"_class_name": class_name, **config})
    options = {"steps": steps, "sampler": None, "scheduleType": "Automatic", **options}
    reference = walk(scheduler, options)
    options.pop("lcmStrength", None)
    cases.append({"config": {"_class_name": class_name, **config}, "options": options, **reference})


def switched(origin, config, sampler, class_name, overrides=None, schedule="Automatic", steps=7, **options):
    """A sampler chosen by the user: from_config of the model's own scheduler's configuration."""
    own = getattr(diffusers, origin).from_config({"_class_name": origin, **config})
    scheduler = getattr(diffusers, class_name).from_config(own.config, **(overrides or {}))
    options = {"steps": steps, "sampler": sampler, "scheduleType": schedule, **options}
    cases.append({"config": {"_class_name": origin, **config}, "options": options, **walk(scheduler, options)})


TYPES = ["epsilon", "v_prediction", "sample"]
SPACINGS = ["leading", "linspace", "trailing"]
SHAPES = {"use_karras_sigmas": "Karras", "use_exponential_sigmas": "Exponential", "use_beta_sigmas": "Beta"}

# DDIM
case("DDIMScheduler")
for kind in TYPES:
    for spacing in SPACINGS:
        case("DDIMScheduler", {**SD, "prediction_type": kind, "timestep_spacing": spacing, "clip_sample": False, "steps_offset": 1, "set_alpha_to_one": False})
for eta in (0.3, 1.0):
    case("DDIMScheduler", {**SD, "clip_sample": False}, eta=eta)
    case("DDIMScheduler", {**SD, "clip_sample": True, "clip_sample_range": 0.7}, eta=eta)
case("DDIMScheduler", {**SD, "thresholding": True, "sample_max_value": 1.5, "dynamic_thresholding_ratio": 0.9})
case("DDIMScheduler", {**SD, "rescale_betas_zero_snr": True, "prediction_type": "v_prediction", "timestep_spacing": "trailing", "clip_sample": False})
case("DDIMScheduler", {"beta_schedule": "squaredcos_cap_v2"}, steps=16)
case("DDIMScheduler", {**SD, "timestep_spacing": "trailing", "clip_sample": False}, steps=16)
case("DDIMScheduler", {"trained_betas": [0.001 + 0.0002 * i for i in range(100)], "num_train_timesteps": 100, "clip_sample": False})
case("DDIMScheduler", {**SD, "clip_sample": False, "steps_offset": 1}, strength=0.55, steps=10)
case("DDIMScheduler", {**SD, "clip_sample": False}, steps=1)

# PNDM
for spacing in SPACINGS:
    for skip in (True, False):
        case("PNDMScheduler", {**SD, "skip_prk_steps": skip, "timestep_spacing": spacing, "steps_offset": 1}, steps=9)
case("PNDMScheduler", {**SD, "skip_prk_steps": True, "set_alpha_to_one": True, "prediction_type": "v_prediction"})
case("PNDMScheduler", {**SD, "prediction_type": "v_prediction"}, steps=6)
case("PNDMScheduler", {**SD, "skip_prk_steps": True, "steps_offset": 1}, strength=0.5, steps=10)
case("PNDMScheduler", {**SD, "skip_prk_steps": True}, steps=1)

# Euler, Euler a, Heun, DPM++ SDE
for name, kinds in {"EulerDiscreteScheduler": TYPES, "EulerAncestralDiscreteScheduler": TYPES[:2], "HeunDiscreteScheduler": TYPES, "DPMSolverSDEScheduler": TYPES[:2]}.items():
    case(name)
    for kind in kinds:
        for spacing in SPACINGS:
            case(name, {**SD, "prediction_type": kind, "timestep_spacing": spacing, "steps_offset": 1})
    if name != "EulerAncestralDiscreteScheduler":
        for flag in SHAPES:
            case(name, {**SD, flag: True})
    case(name, {**SD, "timestep_spacing": "leading", "steps_offset": 1}, strength=0.6, steps=10)
    case(name, SD, steps=20)
    case(name, {**SD, "timestep_spacing": "trailing"}, steps=1)
    case(name, {"beta_schedule": "squaredcos_cap_v2"})
case("EulerDiscreteScheduler", {**SD, "final_sigmas_type": "sigma_min"})
case("EulerDiscreteScheduler", {**SD, "interpolation_type": "log_linear"})
case("EulerDiscreteScheduler", {**SD, "timestep_type": "continuous", "prediction_type": "v_prediction", "use_karras_sigmas": True, "sigma_min": 0.002, "sigma_max": 80.0})
case("EulerDiscreteScheduler", {**SD, "rescale_betas_zero_snr": True, "prediction_type": "v_prediction", "timestep_spacing": "trailing"})
case("EulerAncestralDiscreteScheduler", {**SD, "rescale_betas_zero_snr": True, "prediction_type": "v_prediction", "timestep_spacing": "trailing"})
case("EulerDiscreteScheduler", {**SD, "use_karras_sigmas": True, "sigma_min": 0.1, "sigma_max": 10.0})
case("EulerDiscreteScheduler", {**SD, "use_exponential_sigmas": True}, steps=30)
case("EulerDiscreteScheduler", {**SD, "use_beta_sigmas": True}, steps=30)
case("HeunDiscreteScheduler", {**SD, "clip_sample": True, "clip_sample_range": 0.8})

# DPM++ multistep
DPM = "DPMSolverMultistepScheduler"
case(DPM)
for algorithm in ("dpmsolver++", "sde-dpmsolver++", "dpmsolver", "sde-dpmsolver"):
    final = "zero" if algorithm.endswith("++") else "sigma_min"
    for order in (1, 2, 3):
        if order == 3 and algorithm == "sde-dpmsolver":
            continue
        for solver in ("midpoint", "heun"):
            case(DPM, {**SD, "algorithm_type": algorithm, "solver_order": order, "solver_type": solver, "final_sigmas_type": final}, steps=6)
    case(DPM, {**SD, "algorithm_type": algorithm, "final_sigmas_type": final, "thresholding": True, "sample_max_value": 1.2})
    for kind in TYPES[1:]:
        case(DPM, {**SD, "algorithm_type": algorithm, "final_sigmas_type": final, "prediction_type": kind})
for spacing in SPACINGS:
    case(DPM, {**SD, "timestep_spacing": spacing, "steps_offset": 1})
for flag in (*SHAPES, "use_lu_lambdas"):
    for final in ("zero", "sigma_min"):
        case(DPM, {**SD, flag: True, "final_sigmas_type": final})
    case(DPM, {**SD, flag: True}, steps=25)
for extra in ({"euler_at_final": True}, {"lower_order_final": False, "final_sigmas_type": "sigma_min"}, {"lambda_min_clipped": -5.1, "beta_schedule": "squaredcos_cap_v2"},
              {"rescale_betas_zero_snr": True, "prediction_type": "v_prediction", "timestep_spacing": "trailing"}):
    case(DPM, {**SD, **extra}, steps=16)
case(DPM, {**SD, "steps_offset": 1}, strength=0.45, steps=10)
case(DPM, {"use_flow_sigmas": True, "prediction_type": "flow_prediction", "flow_shift": 3.0})
case(DPM, {"use_flow_sigmas": True, "prediction_type": "flow_prediction", "flow_shift": 3.0}, strength=0.45, steps=10)
case(DPM, {"use_flow_sigmas": True, "prediction_type": "flow_prediction", "algorithm_type": "sde-dpmsolver++"})

# UniPC
UNIPC = "UniPCMultistepScheduler"
case(UNIPC)
for order in (1, 2, 3):
    for solver in ("bh1", "bh2"):
        for x0 in (True, False):
            case(UNIPC, {**SD, "solver_order": order, "solver_type": solver, "predict_x0": x0, "final_sigmas_type": "zero" if x0 and solver == "bh2" else "sigma_min"}, steps=6)
for kind in TYPES[1:]:
    case(UNIPC, {**SD, "prediction_type": kind})
    case(UNIPC, {**SD, "prediction_type": kind, "predict_x0": False, "final_sigmas_type": "sigma_min"})
for spacing in SPACINGS:
    case(UNIPC, {**SD, "timestep_spacing": spacing, "steps_offset": 1})
for flag in SHAPES:
    for final in ("zero", "sigma_min"):
        case(UNIPC, {**SD, flag: True, "final_sigmas_type": final})
case(UNIPC, {**SD, "thresholding": True, "sample_max_value": 1.2})
case(UNIPC, {**SD, "disable_corrector": [0, 2], "lower_order_final": False, "final_sigmas_type": "sigma_min"})
case(UNIPC, {**SD, "rescale_betas_zero_snr": True, "prediction_type": "v_prediction", "timestep_spacing": "trailing"})
case(UNIPC, {**SD, "steps_offset": 1}, strength=0.45, steps=10)
FLOW = {"use_flow_sigmas": True, "prediction_type": "flow_prediction"}
case(UNIPC, {**FLOW, "flow_shift": 3.0})
case(UNIPC, {**FLOW, "use_karras_sigmas": True})
case(UNIPC, {**FLOW, "shift_terminal": 0.1, "flow_shift": 2.0})
case(UNIPC, {**FLOW, "use_dynamic_shifting": True}, imageSequenceLength=1000)

# LCM, TCD
for kind in TYPES:
    case("LCMScheduler", {"prediction_type": kind}, steps=4)
    case("TCDScheduler", {"prediction_type": kind}, steps=4, eta=0.3)
for steps in (1, 2, 8):
    case("LCMScheduler", {}, steps=steps)
    case("TCDScheduler", {}, steps=steps, eta=0.0)
    case("TCDScheduler", {}, steps=steps, eta=1.0)
case("LCMScheduler", {"original_inference_steps": 100, "timestep_scaling": 5.0, "set_alpha_to_one": False}, steps=3)
case("LCMScheduler", {"clip_sample": True, "clip_sample_range": 0.9}, steps=4)
case("LCMScheduler", {"thresholding": True, "sample_max_value": 1.3}, steps=4)
case("LCMScheduler", {"rescale_betas_zero_snr": True, "prediction_type": "v_prediction"}, steps=4)
case("LCMScheduler", {}, steps=4, strength=0.5, lcmStrength=True)
case("TCDScheduler", {}, steps=6, strength=0.5, eta=0.7)

# Flow matching
FME = "FlowMatchEulerDiscreteScheduler"
for config in ({}, {"shift": 3.0}, {"shift_terminal": 0.05}, {"shift": 3.0, "shift_terminal": 0.05}, {"use_karras_sigmas": True}, {"use_exponential_sigmas": True}, {"use_beta_sigmas": True},
               {"shift": 2.5, "invert_sigmas": True}, {"shift": 3.0, "stochastic_sampling": True}):
    case(FME, config)
    case(FME, config, steps=20)
case(FME, {"shift": 3.0}, steps=1)
case(FME, {"shift": 3.0}, strength=0.35, steps=10)
for kind in ("exponential", "linear"):
    case(FME, {"use_dynamic_shifting": True, "time_shift_type": kind}, imageSequenceLength=1024)
    case(FME, {"use_dynamic_shifting": True, "time_shift_type": kind, "shift_terminal": 0.02, "max_shift": 0.9, "base_image_seq_len": 128}, imageSequenceLength=600, sigmas=np.linspace(1, 1 / 7, 7).tolist())
for shift in (1.0, 3.0):
    case("FlowMatchHeunDiscreteScheduler", {"shift": shift})
case("FlowMatchHeunDiscreteScheduler", {"shift": 3.0}, strength=0.35, steps=10)

# A sampler other than the model's own
SD15 = {**SD, "set_alpha_to_one": False, "skip_prk_steps": True, "steps_offset": 1, "trained_betas": None, "clip_sample": False}
for sampler, class_name, overrides in (
    ("DDIM", "DDIMScheduler", {}), ("Euler", "EulerDiscreteScheduler", {}), ("Euler a", "EulerAncestralDiscreteScheduler", {}), ("Heun", "HeunDiscreteScheduler", {}),
    ("DPM++ 2M", DPM, {"algorithm_type": "dpmsolver++"}), ("DPM++ 2M SDE", DPM, {"algorithm_type": "sde-dpmsolver++"}), ("DPM++ SDE", "DPMSolverSDEScheduler", {}), ("UniPC", UNIPC, {}),
    ("LCM", "LCMScheduler", {}), ("TCD", "TCDScheduler", {}), ("DPM++ 2S", "DPMSolverSinglestepScheduler", {"algorithm_type": "dpmsolver++"}), ("DPM2", "KDPM2DiscreteScheduler", {}),
    ("DPM2 a", "KDPM2AncestralDiscreteScheduler", {}), ("LMS", "LMSDiscreteScheduler", {}), ("DEIS", "DEISMultistepScheduler", {}), ("DDPM", "DDPMScheduler", {}),
):
    # Pipelines pass eta = 0 to the classes that take it; TCD's own default is 0.3.
    switched("PNDMScheduler", SD15, sampler, class_name, overrides, steps=5, **({"eta": 0.0} if sampler == "TCD" else {}))
    if "use_karras_sigmas" in dict(getattr(diffusers, class_name)().config):
        for flag, schedule in SHAPES.items():
            switched("PNDMScheduler", SD15, sampler, class_name, {**overrides, flag: True}, schedule, steps=5)
    if sampler not in ("LCM", "TCD", "DPM++ 2S"):
        switched("PNDMScheduler", SD15, sampler, class_name, {**overrides, "timestep_spacing": "trailing"}, "SGM Uniform", steps=5)
switched("EulerDiscreteScheduler", {**SD, "timestep_spacing": "leading", "steps_offset": 1, "use_karras_sigmas": True}, "DPM++ 2M", DPM, {"algorithm_type": "dpmsolver++"})
switched("EulerDiscreteScheduler", {**SD, "timestep_spacing": "leading", "steps_offset": 1, "use_karras_sigmas": True}, "Euler a", "EulerAncestralDiscreteScheduler")
switched("EulerDiscreteScheduler", {**SD, "timestep_spacing": "trailing", "prediction_type": "v_prediction"}, "PNDM", "PNDMScheduler")
switched(DPM, {**SD, "algorithm_type": "sde-dpmsolver++", "solver_order": 3}, "DPM++ 2M", DPM, {"algorithm_type": "dpmsolver++"})

text = json.dumps({"torch": torch.__version__, "diffusers": diffusers.__version__, "cases": cases}, indent=None, separators=(",", ":"), allow_nan=False)
text = text.replace('{"config"', '\n{"config"')
path = pathlib.Path(__file__).parents[2] / "test/conformance/data/schedulers.json"
path.parent.mkdir(parents=True, exist_ok=True)
path.write_text(text + "\n")
print(len(cases), "cases,", len(text), "bytes")

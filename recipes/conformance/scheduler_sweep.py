"""Random scheduler configurations against diffusers: writes test/conformance/data/scheduler-sweep.json, or a larger sweep elsewhere.

    /tmp/venv/bin/python recipes/conformance/scheduler_sweep.py [--count 120] [--seed 1] [--out FILE]

Every class that Easel has, every field that it reads, 1 to 50 steps, image-to-image strengths. The format is that of
schedulers.py. Left out and counted: what diffusers itself refuses or answers with infinities, and what hangs on the last bits
of float32 (PyTorch's vectorised square root is off by one here and there, differently on other processors).
"""
import argparse, base64, json, pathlib, random, warnings
import diffusers
import numpy as np
from scheduler_walk import in_double, walk

warnings.filterwarnings("ignore")
diffusers.utils.logging.set_verbosity_error()

STEPS = (1, 2, 3, 4, 5, 7, 10, 14, 15, 20, 31, 50)
BETAS = [{}, {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}, {"beta_schedule": "squaredcos_cap_v2"}, {"beta_start": 0.0015, "beta_end": 0.0195, "beta_schedule": "linear"},
         {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 500}, {"num_train_timesteps": 100, "trained_betas": [0.001 + 0.0002 * i for i in range(100)]}]


def some(random, fields, chance=0.35):
    return {key: random.choice(values) for key, values in fields.items() if random.random() < chance}


def shape(random, extra=()):
    flag = random.choice([None, None, None, "use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas", *extra])
    return {} if flag is None else {flag: True}


SPACING = {"timestep_spacing": ["leading", "linspace", "trailing"], "steps_offset": [0, 1, 1, 3]}
THRESHOLD = {"thresholding": [True, False], "dynamic_thresholding_ratio": [0.9, 0.995], "sample_max_value": [1.0, 1.5, 3.0]}
CLIP = {"clip_sample": [True, False], "clip_sample_range": [0.7, 1.0, 2.0]}
ENDS = {"sigma_min": [0.03, 0.1], "sigma_max": [8.0, 12.0]}


def multistep(random, predictions=("epsilon", "v_prediction", "sample")):
    if random.random() < 0.25:
        config = {"use_flow_sigmas": True, "prediction_type": "flow_prediction", **some(random, {"flow_shift": [1.0, 2.0, 3.0, 5.0]}, 0.7)}
    else:
        config = {**random.choice(BETAS), **shape(random), **some(random, SPACING, 0.5), "prediction_type": random.choice(predictions)}
    return {**config, **some(random, {"solver_order": [1, 2, 3], "lower_order_final": [True, False], "final_sigmas_type": ["zero", "sigma_min"]}, 0.5), **some(random, THRESHOLD, 0.2)}


def configuration(name, random):
    beta, predictions = random.choice(BETAS), ["epsilon", "v_prediction", "sample"]
    sigma = lambda kinds: {**beta, **shape(random), **some(random, SPACING, 0.6), "prediction_type": random.choice(kinds)}
    zero = some(random, {"rescale_betas_zero_snr": [True]}, 0.15)
    match name:
        case "DDIMScheduler":
            return {**beta, **some(random, SPACING, 0.6), **some(random, CLIP), **some(random, THRESHOLD, 0.2), **some(random, {"set_alpha_to_one": [True, False]}), **zero, "prediction_type": random.choice(predictions)}
        case "DDPMScheduler":
            return {**beta, **some(random, SPACING, 0.6), **some(random, CLIP), **some(random, THRESHOLD, 0.2), **zero, **some(random, {"variance_type": ["fixed_small", "fixed_small_log", "fixed_large"]}, 0.6), "prediction_type": random.choice(predictions)}
        case "PNDMScheduler":
            return {**beta, **some(random, SPACING, 0.6), **some(random, {"skip_prk_steps": [True, False], "set_alpha_to_one": [True, False]}, 0.7), "prediction_type": random.choice(predictions[:2])}
        case "EulerDiscreteScheduler":
            return {**sigma(predictions), **some(random, {"final_sigmas_type": ["zero", "sigma_min"], "interpolation_type": ["linear", "log_linear"], "timestep_type": ["discrete", "continuous"]}, 0.3), **some(random, ENDS, 0.2), **zero}
        case "EulerAncestralDiscreteScheduler":
            return {**beta, **some(random, SPACING, 0.6), **zero, "prediction_type": random.choice(predictions[:2])}
        case "HeunDiscreteScheduler":
            return {**sigma(predictions), **some(random, CLIP, 0.3), **some(random, ENDS, 0.1)}
        case "LMSDiscreteScheduler":
            return {**sigma(predictions), **some(random, ENDS, 0.1)}
        case "KDPM2DiscreteScheduler" | "KDPM2AncestralDiscreteScheduler" | "DPMSolverSDEScheduler":
            return {**sigma(predictions[:2]), **some(random, ENDS, 0.1)}
        case "DPMSolverMultistepScheduler":
            return {**multistep(random), **some(random, {"algorithm_type": ["dpmsolver", "dpmsolver++", "sde-dpmsolver", "sde-dpmsolver++"], "solver_type": ["midpoint", "heun", "bh2"], "euler_at_final": [True, False]}, 0.6),
                    **some(random, {"lambda_min_clipped": [-5.1], "use_lu_lambdas": [True]}, 0.1), **zero}
        case "DPMSolverSinglestepScheduler":
            return {**multistep(random), **some(random, {"algorithm_type": ["dpmsolver", "dpmsolver++", "sde-dpmsolver++"], "solver_type": ["midpoint", "heun", "logrho"]}, 0.6), **some(random, {"lambda_min_clipped": [-5.1]}, 0.1)}
        case "DEISMultistepScheduler":
            return {**multistep(random), **some(random, {"solver_type": ["logrho", "midpoint"]}, 0.2)}
        case "UniPCMultistepScheduler":
            return {**multistep(random), **some(random, {"solver_type": ["bh1", "bh2", "midpoint"], "predict_x0": [True, False], "disable_corrector": [[0], [0, 2]]}, 0.4), **some(random, ENDS, 0.1), **zero}
        case "LCMScheduler" | "TCDScheduler":
            lcm = {"timestep_scaling": [5.0, 10.0]} if name == "LCMScheduler" else {}
            return {**random.choice(BETAS[:4]), **some(random, CLIP), **some(random, THRESHOLD, 0.2), **zero, **some(random, {"set_alpha_to_one": [True, False], "original_inference_steps": [20, 50, 100], **lcm}), "prediction_type": random.choice(predictions)}
        case "FlowMatchHeunDiscreteScheduler":
            return some(random, {"shift": [1.0, 2.0, 3.0, 6.0], "num_train_timesteps": [500, 1000]}, 0.7)
        case _:
            config = {**some(random, {"shift": [1.0, 2.0, 3.0, 6.0], "shift_terminal": [0.02, 0.1], "invert_sigmas": [True, False], "num_train_timesteps": [500, 1000]}, 0.4), **shape(random)}
            if random.random() < 0.4:
                config |= {"use_dynamic_shifting": True, **some(random, {"time_shift_type": ["exponential", "linear"], "base_shift": [0.3, 0.5], "max_shift": [0.9, 1.15], "base_image_seq_len": [128, 256]}, 0.5)}
            return config | (some(random, {"stochastic_sampling": [True]}, 0.2) if name == "FlowMatchEulerDiscreteScheduler" else {})


CLASSES = ["DDIMScheduler", "DDPMScheduler", "PNDMScheduler", "EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler", "HeunDiscreteScheduler", "LMSDiscreteScheduler", "KDPM2DiscreteScheduler",
           "KDPM2AncestralDiscreteScheduler", "DPMSolverSDEScheduler", "DPMSolverMultistepScheduler", "DPMSolverSinglestepScheduler", "DEISMultistepScheduler", "UniPCMultistepScheduler", "LCMScheduler", "TCDScheduler",
           "FlowMatchEulerDiscreteScheduler", "FlowMatchHeunDiscreteScheduler", "FlowMatchLCMScheduler"]


def is_certain(name, config, options, reference):
    """Does the walk end in the same place if tables and start are off by float32's rounding?"""
    samples, times = np.frombuffer(base64.b64decode(reference["samples"]), "<f4").reshape(-1, 16), np.array(reference["timesteps"])
    for off in (1e-7, -1e-7):
        other = getattr(diffusers, name).from_config(config)
        in_double(other)
        if hasattr(other, "alphas_cumprod"):
            other.alphas_cumprod = other.alphas_cumprod * (1 - off * (1 - other.alphas_cumprod))
        found = walk(other, options, double=True, disturbed=off)
        moved = np.abs(np.frombuffer(base64.b64decode(found["samples"]), "<f4").reshape(-1, 16) - samples).max(1)
        if np.any(np.abs(np.array(found["timesteps"]) - times) > 1e-5 * np.maximum(1, np.abs(times))) or np.any(moved > 5e-6 * np.abs(samples).max(1)):
            return False
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", default=str(pathlib.Path(__file__).parents[2] / "test/conformance/data/scheduler-sweep.json"))
    arguments = parser.parse_args()
    dice = random.Random(arguments.seed)
    cases, refused = [], {}
    while len(cases) < arguments.count:
        name = CLASSES[len(cases) % len(CLASSES)]
        config = {"_class_name": name, **configuration(name, dice)}
        steps = dice.choice([s for s in STEPS if s <= config.get("original_inference_steps", 50)])
        options = {"steps": steps, "sampler": None, "scheduleType": "Automatic"}
        if name in ("DDIMScheduler", "TCDScheduler"):
            options["eta"] = dice.choice([0.0, 0.3, 1.0])
        if dice.random() < 0.25 and not config.get("invert_sigmas"):
            options["strength"] = dice.choice([0.3, 0.55, 0.8])
            if name == "LCMScheduler":
                options["lcmStrength"] = True
        if config.get("use_dynamic_shifting"):
            options["imageSequenceLength"] = dice.choice([256, 1024, 1600])
        try:
            scheduler = getattr(diffusers, name).from_config(config)
            reference = walk(scheduler, options, double=True)
            if not is_certain(name, config, options, reference):
                raise ArithmeticError("hangs on float32's last bits")
        except Exception as error:
            key = f"{name}: {type(error).__name__} {str(error)[:60]}"
            refused[key] = refused.get(key, 0) + 1
            continue
        options.pop("lcmStrength", None)
        cases.append({"config": config, "options": options, **reference})
    text = json.dumps({"diffusers": diffusers.__version__, "cases": cases}, separators=(",", ":"), allow_nan=False).replace('{"config"', '\n{"config"')
    pathlib.Path(arguments.out).write_text(text + "\n")
    print(len(cases), "cases,", len(text), "bytes; refused by diffusers:")
    for key, count in sorted(refused.items()):
        print(" ", count, key)


if __name__ == "__main__":
    main()

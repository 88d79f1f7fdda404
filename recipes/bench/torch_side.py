"""The PyTorch side of `npm run bench diffusers`: one process, one model, a drawing per line of standard input.

    python recipes/bench/torch_side.py icon|sd15 MODEL_FOLDER THREADS

Lines in: {"dtype": "float32" | "bfloat16", "prompt": …, "steps": …, "cfg": …, "seed": …, "latents": PATH | null}
Lines out: {"ready": seconds} once, then {"ms": …, "cpu": ms of all threads, "peak": bytes}; `latents` gets the final latents as raw float32.
bfloat16 is autocast: the weights stay in float32, as diffusers' own example for CPUs has it.
"""
import json
import pathlib
import sys
import time

import torch

HERE = pathlib.Path(__file__).parent


def peak():
    """Largest resident size so far, bytes."""
    line = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


class Icon:
    """recipes/icons/model.py with the weights of the ONNX folder, so that both sides draw the same picture."""

    def __init__(self, folder):
        sys.path.insert(0, str(HERE.parent / "icons"))
        import onnx
        from onnx import numpy_helper
        from model import GenerativeEncoder, ContrastiveEncoder, Generator, Shape, bias_of
        from tokenizers import Tokenizer
        self.bias_of = bias_of
        shape = Shape()
        self.parts = torch.nn.ModuleDict({"generative": GenerativeEncoder(shape), "contrastive": ContrastiveEncoder(shape), "generator": Generator(shape)})
        for part, prefix in (("text_encoder", ""), ("transformer", "generator.")):
            weights = {t.name: torch.tensor(numpy_helper.to_array(t)).float() for t in onnx.load(str(folder / part / "model.onnx")).graph.initializer}
            wanted = {name: p for name, p in self.parts.state_dict().items() if name.startswith("generator.") == (prefix != "")}
            missing = [name for name in wanted if name.removeprefix(prefix) not in weights]
            assert not missing, f"{folder / part} lacks {missing[:3]}"
            self.parts.load_state_dict({name: weights[name.removeprefix(prefix)].reshape(p.shape) for name, p in wanted.items()}, strict=False)
        self.parts.eval().requires_grad_(False)
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer/tokenizer.json"))
        self.tokenizer.enable_padding(pad_id=0, pad_token="<pad>", length=shape.length)

    def draw(self, prompt, steps, cfg, generator):
        from sampling import sigmas
        encoded = self.tokenizer.encode_batch([prompt, ""])
        ids, mask = (torch.tensor([getattr(e, name) for e in encoded]) for name in ("ids", "attention_mask"))
        text, pooled, bias = self.parts["generative"](ids, mask), self.parts["contrastive"](ids, mask), self.bias_of(mask)
        z = torch.randn(1, 3, 64, 64, generator=generator)
        levels = sigmas(steps)
        for sigma, following in zip(levels, levels[1:]):
            both = torch.cat([z, z])
            clean = self.parts["generator"](both, torch.full((2,), 1000 * sigma), text, pooled, bias).float()
            said, null = ((both - clean) / max(sigma, 0.05)).chunk(2)
            z = z + (following - sigma) * (null + cfg * (said - null))
        return z


class StableDiffusion:
    def __init__(self, folder):
        sys.path.insert(0, str(HERE))
        from sd15 import pipeline
        self.pipeline = pipeline()
        self.pipeline.set_progress_bar_config(disable=True)

    def draw(self, prompt, steps, cfg, generator):
        latents = self.pipeline(prompt, num_inference_steps=steps, guidance_scale=cfg, generator=generator, width=512, height=512, output_type="latent").images
        self.pipeline.vae.decode(latents.float() / self.pipeline.vae.config.scaling_factor)
        return latents


def main():
    kind, folder, threads = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(threads)
    started = time.perf_counter()
    side = {"icon": Icon, "sd15": StableDiffusion}[kind](folder)
    torch.set_num_threads(threads)  # what was imported may have chosen another number
    print(json.dumps({"ready": time.perf_counter() - started}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        started, used = time.perf_counter(), time.process_time()
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=order["dtype"] == "bfloat16"):
            latents = side.draw(order["prompt"], order["steps"], order["cfg"], torch.Generator().manual_seed(order["seed"]))
        ms, cpu = (time.perf_counter() - started) * 1000, (time.process_time() - used) * 1000
        if order["latents"]:
            pathlib.Path(order["latents"]).write_bytes(latents.float().contiguous().numpy().tobytes())
        print(json.dumps({"ms": ms, "cpu": cpu, "peak": peak()}), flush=True)


if __name__ == "__main__":
    main()

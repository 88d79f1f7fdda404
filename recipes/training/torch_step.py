"""The PyTorch side of `npm run bench training`: one soft-token step on the embedded model's network, eager float32.

    python torch_step.py MODEL_FOLDER THREADS BATCH.safetensors

Prints {"ready": true} once, then for each line `step` of standard input makes one step (4 pictures × 4 captions, forward,
backward to the tokens, AdamW) and prints {"ms": …, "cpu": ms of all threads}; for a line `gradient T` it takes
the file's noise and tokens at time T and prints {"loss": …, "gradient": [of the tokens]}. Weights are the ONNX folder's, pictures
and captions the file's.
"""
import json
import pathlib
import sys
import time
import types

import onnx
import torch
from safetensors.torch import load_file

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "icons"))
from model import Generator, Shape, bias_of  # noqa: E402

B, COUNT = 4, 4


def main(folder, threads, file):
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    torch.set_flush_denormal(True)  # where every logit is small its gradients are too, and the processor would count them at a tenth of its speed
    config = json.loads((pathlib.Path(folder) / "transformer/config.json").read_text())
    shape = Shape(layers=config["num_layers"], heads=config["num_attention_heads"], text_width=config["joint_attention_dim"], embedding=config["pooled_projection_dim"],
                  width=config["num_attention_heads"] * config["attention_head_dim"])
    model = Generator(shape).eval().requires_grad_(False)
    exported = onnx.load(pathlib.Path(folder) / "transformer/model.onnx").graph.initializer
    weights = {i.name: torch.from_numpy(onnx.numpy_helper.to_array(i).copy()).float() for i in exported}
    model.load_state_dict({name: weights[name] for name in model.state_dict()})
    tokens = (torch.randn(COUNT, shape.text_width) * 0.02).requires_grad_()
    table = torch.zeros(16, shape.text_width).requires_grad_()
    optimizer = torch.optim.AdamW([tokens, table], lr=1e-3, weight_decay=1e-4)
    attention = model.transformer_blocks[0].attn

    def forward(self, x, text, bias, plain=type(attention).forward):
        own = (tokens + table[3]).expand(len(text), -1, -1)
        return plain(self, x, torch.cat([own, text], 1), torch.cat([bias[:, :64], bias.new_zeros(len(text), COUNT), bias[:, 64:]], 1))
    attention.forward = types.MethodType(forward, attention)
    given = load_file(file)
    bias = bias_of(given["bias"] == 0)
    rows = lambda x: x.repeat_interleave(B, 0)
    columns = lambda x: x.repeat(B, *[1] * (x.dim() - 1))

    def loss_of(noise, t):
        noisy = rows((1 - t / 1000) * given["pictures"] + t / 1000 * noise)
        clean = model(noisy, torch.full((B * B,), float(t)), columns(given["text"]), columns(given["pooled"]), columns(bias))
        velocity = (noisy - clean) / max(t / 1000, 0.05)
        errors = (rows(noise - given["pictures"]) - velocity).square().mean((1, 2, 3)).view(B, B)
        return -(4 * torch.exp(-errors / 0.07)).log_softmax(1).diagonal().mean()

    def gradient(t):
        tokens.data.copy_(given["tokens"])
        tokens.grad = None
        loss = loss_of(given["noise"], t)
        loss.backward()
        return {"loss": loss.item(), "gradient": tokens.grad.flatten().tolist()}

    def step():
        start, used = time.perf_counter(), time.process_time()
        loss = loss_of(torch.randn(1, 3, 64, 64), torch.randint(0, 1000, (1,)).item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()
        return {"ms": (time.perf_counter() - start) * 1000, "cpu": (time.process_time() - used) * 1000}

    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        what, _, t = line.strip().partition(" ")
        print(json.dumps(gradient(int(t)) if what == "gradient" else step()), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])

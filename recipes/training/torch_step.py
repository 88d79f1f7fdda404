"""The PyTorch side of `npm run bench training`: one soft-token step on the embedded model's network, eager float32.

    python torch_step.py MODEL_FOLDER THREADS

Prints {"ready": true} once, then for each line of standard input makes one step (4 pictures × 4 captions, forward,
backward to the tokens, AdamW) and prints {"ms": …, "cpu": ms of all threads}. Weights are those of the ONNX folder where names match: values do not
change the time, shapes do.
"""
import json
import pathlib
import sys
import time
import types

import torch

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "icons"))
from model import Generator, Shape, bias_of  # noqa: E402

B, LENGTH, COUNT = 4, 32, 4


def main(folder, threads):
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    config = json.loads((pathlib.Path(folder) / "transformer/config.json").read_text())
    shape = Shape(layers=config["num_layers"], heads=config["num_attention_heads"], text_width=config["joint_attention_dim"], embedding=config["pooled_projection_dim"],
                  width=config["num_attention_heads"] * config["attention_head_dim"])
    model = Generator(shape).eval().requires_grad_(False)
    for p in model.parameters():
        p.add_(torch.randn_like(p) * 0.02)
    tokens = (torch.randn(COUNT, shape.text_width) * 0.02).requires_grad_()
    table = torch.zeros(16, shape.text_width).requires_grad_()
    optimizer = torch.optim.AdamW([tokens, table], lr=1e-3, weight_decay=1e-4)
    attention = model.transformer_blocks[0].attn

    def forward(self, x, text, bias, plain=type(attention).forward):
        own = (tokens + table[3]).expand(len(text), -1, -1)
        return plain(self, x, torch.cat([own, text], 1), torch.cat([bias[:, :64], bias.new_zeros(len(text), COUNT), bias[:, 64:]], 1))
    attention.forward = types.MethodType(forward, attention)
    pictures, text, pooled = torch.randn(B, 3, 64, 64), torch.randn(B, LENGTH, shape.text_width), torch.randn(B, shape.embedding)
    bias = bias_of(torch.arange(LENGTH)[None] < torch.tensor([[9], [10], [11], [12]]))
    rows = lambda x: x.repeat_interleave(B, 0)
    columns = lambda x: x.repeat(B, *[1] * (x.dim() - 1))
    print(json.dumps({"ready": True}), flush=True)
    for _ in sys.stdin:
        start, used = time.perf_counter(), time.process_time()
        t = torch.randint(0, 1000, (1,)).item()
        noise = torch.randn(1, 3, 64, 64)
        noisy = rows((1 - t / 1000) * pictures + t / 1000 * noise)
        clean = model(noisy, torch.full((B * B,), float(t)), columns(text), columns(pooled), columns(bias))
        velocity = (noisy - clean) / max(t / 1000, 0.05)
        errors = (rows(noise - pictures) - velocity).square().mean((1, 2, 3)).view(B, B)
        loss = -(4 * torch.exp(-errors / 0.07)).log_softmax(1).diagonal().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()
        print(json.dumps({"ms": (time.perf_counter() - start) * 1000, "cpu": (time.process_time() - used) * 1000}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

"""The PyTorch side of `npm run bench gradients`: eager fp32, one forward and backward pass per line of standard input.

    python recipes/gradients/backward_side.py icon|dit FOLDER all|tokens THREADS

`icon` is models/icon-64's transformer at batch 16, its weights read from FOLDER; `dit` is a stack of ten diffusion
transformer blocks with 100 million random weights, exported to FOLDER/model.onnx unless that is there. `all` trains
every weight, `tokens` the text tokens alone. Lines out: {"ready": seconds, "base": bytes} once, then {"ms", "cpu", "peak", "norm"},
the last being the length of the tokens' gradient.
"""
import json
import pathlib
import sys
import time

import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "bench"))


def wave(*shape, frequency=0.37):
    """The same numbers that the other side feeds: sin(frequency · i)."""
    count = 1
    for n in shape:
        count *= n
    return torch.sin(torch.arange(count, dtype=torch.float64) * frequency).float().reshape(shape)


class Block(torch.nn.Module):
    """Peebles and Xie, arXiv 2212.09748: attention and MLP, modulated by the conditioning."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.width = heads, width
        self.modulation = torch.nn.Linear(width, 6 * width)
        self.to_qkv, self.to_out = torch.nn.Linear(width, 3 * width), torch.nn.Linear(width, width)
        self.up, self.down = torch.nn.Linear(width, 4 * width), torch.nn.Linear(4 * width, width)

    def forward(self, x, c):
        b, n, d = x.shape
        s1, k1, g1, s2, k2, g2 = self.modulation(c)[:, None].chunk(6, -1)
        h = F.layer_norm(x, (self.width,)) * (1 + k1) + s1
        q, k, v = (part.reshape(b, n, self.heads, d // self.heads).transpose(1, 2) for part in self.to_qkv(h).chunk(3, -1))
        h = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, d)
        x = x + g1 * self.to_out(h)
        h = F.layer_norm(x, (self.width,)) * (1 + k2) + s2
        return x + g2 * self.down(F.gelu(self.up(h)))


class Stack(torch.nn.Module):
    def __init__(self, width=768, heads=12, blocks=10):
        super().__init__()
        self.blocks = torch.nn.ModuleList([Block(width, heads) for _ in range(blocks)])

    def forward(self, hidden_states, encoder_hidden_states, conditioning):
        x = torch.cat([hidden_states, encoder_hidden_states], 1)
        for block in self.blocks:
            x = block(x, conditioning)
        return x[:, : hidden_states.shape[1]]


def stack(folder):
    torch.manual_seed(0)
    net = Stack()
    inputs = {"hidden_states": wave(2, 256, 768), "encoder_hidden_states": wave(2, 77, 768, frequency=0.11), "conditioning": wave(2, 768, frequency=0.53)}
    if not (folder / "model.onnx").exists():
        folder.mkdir(parents=True, exist_ok=True)
        axes = {"hidden_states": {0: "batch", 1: "positions"}, "encoder_hidden_states": {0: "batch", 1: "sequence"}, "conditioning": {0: "batch"}}
        torch.onnx.export(net.eval(), tuple(inputs.values()), str(folder / "model.onnx"), input_names=list(inputs), output_names=["output"], dynamic_axes=axes, opset_version=18, dynamo=False)
    return net, inputs, lambda: net(*inputs.values())


def icon(folder):
    from torch_side import Icon
    net = Icon(folder).parts["generator"]
    inputs = {"hidden_states": wave(16, 3, 64, 64), "timestep": torch.full((16,), 500.0), "encoder_hidden_states": wave(16, 32, 192, frequency=0.11), "pooled_projections": wave(16, 128, frequency=0.53) / 8, "encoder_attention_bias": torch.zeros(16, 32)}
    # The ONNX transformer answers with the velocity.
    return net, inputs, lambda: (inputs["hidden_states"] - net(*inputs.values())) / 0.5


def peak():
    line = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def main():
    kind, folder, trained, threads = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    started, base = time.perf_counter(), peak()
    net, inputs, run = {"icon": icon, "dit": stack}[kind](folder)
    torch.set_num_threads(threads)
    net.requires_grad_(trained == "all")
    tokens = inputs["encoder_hidden_states"].requires_grad_(True)
    with torch.no_grad():
        cotangent = wave(*run().shape, frequency=0.71)
    print(json.dumps({"ready": time.perf_counter() - started, "base": base}), flush=True)
    for _ in sys.stdin:
        started, used = time.perf_counter(), time.process_time()
        tokens.grad = None
        net.zero_grad(set_to_none=True)
        (run() * cotangent).sum().backward()
        ms, cpu = (time.perf_counter() - started) * 1000, (time.process_time() - used) * 1000
        print(json.dumps({"ms": ms, "cpu": cpu, "peak": peak(), "norm": tokens.grad.norm().item()}), flush=True)


if __name__ == "__main__":
    main()

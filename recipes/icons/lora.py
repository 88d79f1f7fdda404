"""A low-rank adapter on the generator's layers (Hu et al. 2021, 2106.09685), in the names that Easel reads: W' = W + B A.

Every linear layer and every convolution has one; norms, positions and the blocks' tables stay. The sum of weights is
computed once a step and not per picture: matrices here are smaller than what passes through them.
"""
import json

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.func import functional_call

LEFT_OUT = ("text_pool.query",)  # eight rows: no rank to lower


class Lora(nn.Module):
    def __init__(self, generator, rank):
        super().__init__()
        self.rank = rank
        self.down, self.up, self.bias = nn.ParameterDict(), nn.ParameterDict(), nn.ParameterDict()
        for path, layer in layers(generator):
            outside, *inside = layer.weight.shape
            r = min(rank, outside)
            key = path.replace(".", "/")  # ParameterDict keeps no dots
            self.down[key] = nn.Parameter(torch.empty(r, *inside))
            nn.init.kaiming_uniform_(self.down[key], a=5**0.5)
            self.up[key] = nn.Parameter(torch.zeros(outside, r))
            if layer.bias is not None:
                self.bias[key] = nn.Parameter(torch.zeros(outside))

    def weights(self, generator):
        """The generator's changed tensors by name, differentiable with respect to the adapter."""
        own = dict(generator.named_parameters())
        out = {}
        for key, down in self.down.items():
            path = key.replace("/", ".")
            weight = own[f"{path}.weight"]
            out[f"{path}.weight"] = weight + (self.up[key] @ down.flatten(1)).view_as(weight)
            if key in self.bias:
                out[f"{path}.bias"] = own[f"{path}.bias"] + self.bias[key]
        return out

    def save(self, path, record):
        """safetensors with PEFT's names and metadata, fp16. `record`: what Easel shows of the file (method, model, settings)."""
        tensors, ranks = {}, {}
        for key, down in self.down.items():
            name, up = f"transformer.{key.replace('/', '.')}", self.up[key]
            tensors[f"{name}.lora_A.weight"] = down
            tensors[f"{name}.lora_B.weight"] = up if down.ndim == 2 else up[:, :, None, None]
            if key in self.bias:
                tensors[f"{name}.lora_B.bias"] = self.bias[key]
            if len(down) != self.rank:
                ranks[key.replace("/", ".")] = len(down)
        peft = {"transformer.r": self.rank, "transformer.lora_alpha": self.rank, "transformer.rank_pattern": ranks, "transformer.alpha_pattern": ranks}
        metadata = {"format": "pt", "lora_adapter_metadata": json.dumps(peft), "easel": json.dumps(record)}
        save_file({k: v.detach().half().contiguous() for k, v in tensors.items()}, str(path), metadata=metadata)

    def load(self, path):
        """Takes over what `save` wrote for a generator of the same shape and the same rank."""
        tensors = load_file(str(path))
        parts = {"down": "lora_A.weight", "up": "lora_B.weight", "bias": "lora_B.bias"}
        with torch.no_grad():
            for part, ending in parts.items():
                for key, own in getattr(self, part).items():
                    own.copy_(tensors[f"transformer.{key.replace('/', '.')}.{ending}"].view_as(own))


def layers(generator):
    """(path, layer) of every layer that is adapted, in the generator's order."""
    for path, layer in generator.named_modules():
        if isinstance(layer, (nn.Linear, nn.Conv2d)) and path not in LEFT_OUT:
            yield path, layer


class Adapted(nn.Module):
    """The generator with the adapter, called as the generator is."""

    def __init__(self, generator, lora):
        super().__init__()
        self.generator, self.lora = generator, lora

    def forward(self, *question):
        return functional_call(self.generator, self.lora.weights(self.generator), question)

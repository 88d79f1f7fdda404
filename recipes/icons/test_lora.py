"""The adapter's file says what the adapter does: a generator with the file's W + B A draws what the adapted one draws."""
import json

import torch
from safetensors import safe_open

from lora import Adapted, Lora, layers
from model import Generator, Shape
from test_gradients import SMALL


def question(s: Shape):
    return torch.randn(2, 3, 64, 64), torch.tensor([1000.0, 50.0]), torch.randn(2, 5, s.text_width), torch.randn(2, s.embedding), torch.zeros(2, 5)


def test_a_new_adapter_changes_nothing():
    generator = Generator(SMALL).requires_grad_(False)
    asked = question(generator.shape)
    assert torch.equal(Adapted(generator, Lora(generator, 4))(*asked), generator(*asked))


def test_the_file_holds_the_adapter(tmp_path):
    torch.manual_seed(1)
    generator = Generator(SMALL).requires_grad_(False)
    lora, asked = Lora(generator, 16), question(generator.shape)
    for group in (lora.up, lora.bias):
        for p in group.values():
            torch.nn.init.normal_(p, std=0.05)
    lora.requires_grad_(False)
    plain, adapted = generator(*asked), Adapted(generator, lora)(*asked)
    lora.save(tmp_path / "few-step.safetensors", {"version": 1})
    again = Lora(generator, 16).requires_grad_(False)
    again.load(tmp_path / "few-step.safetensors")
    moved = (adapted - plain).abs().mean()
    assert (Adapted(generator, again)(*asked) - adapted).abs().mean() < 0.01 * moved
    with safe_open(tmp_path / "few-step.safetensors", "pt") as f:
        peft = json.loads(f.metadata()["lora_adapter_metadata"])
        read = {k: f.get_tensor(k).float() for k in f.keys()}
    for path, layer in layers(generator):
        a, b = (read.pop(f"transformer.{path}.lora_{part}.weight") for part in "AB")
        assert len(a) == peft["transformer.rank_pattern"].get(path, peft["transformer.r"])
        layer.weight += (b.flatten(1) @ a.flatten(1)).view_as(layer.weight)
        if layer.bias is not None:
            layer.bias += read.pop(f"transformer.{path}.lora_B.bias")
    assert not read, "tensors of no layer"
    assert (generator(*asked) - adapted).abs().mean() < 0.01 * moved


def test_the_adapter_alone_is_trained():
    generator = Generator(SMALL).requires_grad_(False)
    lora = Lora(generator, 4)
    Adapted(generator, lora)(*question(generator.shape)).square().mean().backward()
    assert all(p.grad is None for p in generator.parameters())
    assert any(p.grad is not None and p.grad.any() for p in lora.up.values())

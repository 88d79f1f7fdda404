"""Tiled autoencoding as diffusers does it, with the autoencoder of test/fixtures/models/sd15: writes test/conformance/data/tiles.json.

    /tmp/venv/bin/python recipes/conformance/tiles.py
"""
import base64, json, math, pathlib
import torch
import diffusers
from pipelines import vae

WIDTH, HEIGHT = 144, 104  # neither a multiple of the tiles' stride


def encoded(tensor, type):
    return base64.b64encode(tensor.contiguous().numpy().astype(type).tobytes()).decode()


auto = vae(3)
auto.enable_tiling()
latents = torch.tensor([math.sin(0.37 * i) for i in range(4 * (HEIGHT // 8) * (WIDTH // 8))]).reshape(1, 4, HEIGHT // 8, WIDTH // 8)
picture = torch.tensor([math.sin(0.011 * i) for i in range(3 * HEIGHT * WIDTH)]).reshape(1, 3, HEIGHT, WIDTH)
with torch.no_grad():
    decoded = auto.decode(latents).sample
    moments = auto.encode(picture).latent_dist.parameters
    auto.disable_tiling()
    whole = auto.decode(latents).sample
path = pathlib.Path(__file__).parents[2] / "test/conformance/data/tiles.json"
path.write_text(json.dumps({"diffusers": diffusers.__version__, "width": WIDTH, "height": HEIGHT, "decoded": encoded(decoded, "<f2"), "moments": encoded(moments, "<f4"), "seams": float((decoded - whole).abs().max())}) + "\n")
print("tiled differs from whole by up to", float((decoded - whole).abs().max()))

"""Two more kinds of tiny random models, in the manner of pipelines.py: an inpainting UNet of nine channels, and Flux.

    /tmp/venv/bin/python recipes/conformance/more_pipelines.py [name …]
"""
import sys

import torch
from diffusers import DDIMScheduler, FlowMatchEulerDiscreteScheduler, FluxPipeline, FluxTransformer2DModel, PNDMScheduler, StableDiffusionInpaintPipeline
from transformers import CLIPTokenizer, T5Tokenizer

from pipelines import SD, TOKENIZERS, ConfigText, References, clip, copy_tokenizer, export, export_text, export_unet, export_vae, fresh, index, randomised, source_pictures, t5, unet, vae, write_config, write_scheduler


def plain_rms_norm(x, _shape, weight=None, eps=None):
    """The exporter knows no rms_norm."""
    x = x * torch.rsqrt(x.square().mean(-1, keepdim=True) + (torch.finfo(x.dtype).eps if eps is None else eps))
    return x if weight is None else x * weight


torch.nn.RMSNorm.forward = lambda self, x: plain_rms_norm(x, None, self.weight, self.eps)


def inpaint():
    folder = fresh("sd15-inpaint")
    text, net, auto = clip(61, 24), unet(62, 24, in_channels=9), vae(63)
    # clip_sample stays true: diffusers' inpainting pipeline does not correct it, its siblings do.
    scheduler = DDIMScheduler(**SD, set_alpha_to_one=False, steps_offset=1, clip_sample=True)
    export_text(folder, "text_encoder", text)
    export_unet(folder, net)
    export_vae(folder, auto)
    copy_tokenizer(folder, "tokenizer", "clip")
    write_scheduler(folder, scheduler)
    source_pictures(folder)
    index(folder, "StableDiffusionInpaintPipeline", scheduler=["diffusers", "DDIMScheduler"], text_encoder=["transformers", "CLIPTextModel"], tokenizer=["transformers", "CLIPTokenizer"], unet=["diffusers", "UNet2DConditionModel"], vae=["diffusers", "AutoencoderKL"])
    tokenizer = CLIPTokenizer.from_pretrained(str(TOKENIZERS / "clip"))
    r = References(folder, StableDiffusionInpaintPipeline(vae=auto, text_encoder=text, tokenizer=tokenizer, unet=net, scheduler=scheduler, safety_checker=None, feature_extractor=None, requires_safety_checker=False))
    for strength in (1.0, 0.6):
        r.draw(f"strength {strength}", init="init.png", mask="mask.png", strength=strength, picture=strength == 1)
    r.draw("PNDM", "PNDM", PNDMScheduler, init="init.png", mask="mask.png", strength=1.0)
    r.write(exporter="torchscript, opset 17, scalar timestep")


def flux():
    for name, embeds in (("flux", True), ("flux-schnell", False)):
        folder = fresh(name)
        one, two = clip(71, 24), t5(72, 32)
        net = randomised(FluxTransformer2DModel(patch_size=1, in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2, joint_attention_dim=32,
                                                pooled_projection_dim=24, guidance_embeds=embeds, axes_dims_rope=(4, 6, 6)), 73)
        auto = vae(74, channels=4, scaling_factor=0.3611, shift_factor=0.1159, use_quant_conv=False, use_post_quant_conv=False)
        scheduler = FlowMatchEulerDiscreteScheduler(shift=3.0 if embeds else 1.0, use_dynamic_shifting=embeds)
        export_text(folder, "text_encoder", one)
        export_text(folder, "text_encoder_2", two)
        inputs = {"hidden_states": torch.randn(1, 16, 16), "encoder_hidden_states": torch.randn(1, 512, 32), "pooled_projections": torch.randn(1, 24), "timestep": torch.tensor([0.5]),
                  "img_ids": torch.rand(16, 3), "txt_ids": torch.zeros(512, 3)} | ({"guidance": torch.tensor([3.5])} if embeds else {})
        dynamic = {name: {0: "batch_size"} for name in inputs if not name.endswith("_ids")}
        names = list(inputs)
        export(folder / "transformer/model.onnx", net, lambda m, *values: m(**dict(zip(names, values)), return_dict=False)[0], inputs, ["out_hidden_states"], dynamic)
        write_config(folder, "transformer", ConfigText(net.config))
        export_vae(folder, auto)
        copy_tokenizer(folder, "tokenizer", "clip")
        copy_tokenizer(folder, "tokenizer_2", "t5")
        write_scheduler(folder, scheduler)
        index(folder, "FluxPipeline", scheduler=["diffusers", "FlowMatchEulerDiscreteScheduler"], text_encoder=["transformers", "CLIPTextModel"], text_encoder_2=["transformers", "T5EncoderModel"],
              tokenizer=["transformers", "CLIPTokenizer"], tokenizer_2=["transformers", "T5Tokenizer"], transformer=["diffusers", "FluxTransformer2DModel"], vae=["diffusers", "AutoencoderKL"])
        r = References(folder, FluxPipeline(transformer=net, scheduler=scheduler, vae=auto, text_encoder=one, tokenizer=CLIPTokenizer.from_pretrained(str(TOKENIZERS / "clip")),
                                            text_encoder_2=two, tokenizer_2=T5Tokenizer.from_pretrained(str(TOKENIZERS / "t5"))))
        r.draw("own scheduler", negative_prompt=None)
        r.draw("one step", negative_prompt=None, num_inference_steps=1)
        for case in r.cases:  # diffusers keeps Flux's latents as patches; a latent is [channels, height, width] here
            unpack(case)
        r.write(exporter="torchscript, opset 17, picture of 64x64 only")


def unpack(case):
    import base64
    import numpy as np
    packed = torch.from_numpy(np.frombuffer(base64.b64decode(case["latents"]), "<f4").copy()).reshape(case["shape"])
    latents = FluxPipeline._unpack_latents(packed, case["height"], case["width"], 8)
    case |= {"latents": base64.b64encode(latents.contiguous().numpy().tobytes()).decode(), "shape": list(latents.shape)}


if __name__ == "__main__":
    recipes = {f.__name__: f for f in (inpaint, flux)}
    for name in sys.argv[1:] or recipes:
        recipes[name]()

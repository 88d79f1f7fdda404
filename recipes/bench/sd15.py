"""A model folder whose UNet has Stable Diffusion 1.5's shape (860M parameters) and random weights, for `npm run bench`.

    python recipes/bench/sd15.py FOLDER        # 3.4 GB, never committed

Only the UNet has its real size: it is where the time goes. Text encoder and autoencoder are small ones of the same
interface, so that a whole drawing runs on both sides. Weights come from a seed, so the PyTorch side makes the same ones
again (`pipeline()`) and no second copy lies on disk.
"""
import pathlib
import shutil
import sys
import tempfile

import onnx
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "conformance"))
from diffusers import EulerDiscreteScheduler, StableDiffusionPipeline, UNet2DConditionModel  # noqa: E402
from pipelines import SD, TOKENIZERS, CLIPTokenizer, ConfigText, Wrap, clip, copy_tokenizer, export_text, export_vae, index, randomised, vae, write_config, write_scheduler  # noqa: E402


def unet():
    """Every parameter different: exporters merge equal initializers, and a merged graph would be a smaller one."""
    with torch.device("meta"):
        net = UNet2DConditionModel(sample_size=64, cross_attention_dim=768)  # the other defaults are SD 1.5's
    return randomised(net.to_empty(device="cpu"), 2)


def parts():
    scheduler = EulerDiscreteScheduler(**SD, steps_offset=1, timestep_spacing="leading")
    return {"text_encoder": clip(1, 768), "unet": unet(), "vae": vae(3), "scheduler": scheduler}


def pipeline():
    tokenizer = CLIPTokenizer.from_pretrained(str(TOKENIZERS / "clip"))
    return StableDiffusionPipeline(**parts(), tokenizer=tokenizer, safety_checker=None, feature_extractor=None, requires_safety_checker=False)


def export_unet(folder, net):
    """As Optimum exports it: TorchScript, symbolic sizes, a scalar timestep, weights in one file beside the graph."""
    inputs = {"sample": torch.randn(2, 4, 64, 64), "timestep": torch.tensor(500.0), "encoder_hidden_states": torch.randn(2, 77, 768)}
    dynamic = {"sample": {0: "batch_size", 2: "height", 3: "width"}, "encoder_hidden_states": {0: "batch_size", 1: "sequence_length"}, "out_sample": {0: "batch_size", 2: "height", 3: "width"}}
    wrapped = Wrap(net, lambda m, sample, timestep, states: m(sample, timestep, states, return_dict=False)[0]).eval()
    (folder / "unet").mkdir()
    with tempfile.TemporaryDirectory(dir=folder) as scattered:
        # Past 2 GB the exporter writes a file per tensor.
        path = pathlib.Path(scattered) / "model.onnx"
        torch.onnx.export(wrapped, tuple(inputs.values()), str(path), input_names=list(inputs), output_names=["out_sample"], dynamic_axes=dynamic, opset_version=17, dynamo=False)
        model = onnx.load(str(path))
    onnx.save(model, str(folder / "unet/model.onnx"), save_as_external_data=True, all_tensors_to_one_file=True, location="model.onnx_data")
    write_config(folder, "unet", ConfigText(net.config))


def main(folder):
    if (folder / "model_index.json").exists():
        return print(f"{folder} is there already")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = parts()
    export_text(folder, "text_encoder", made["text_encoder"], torch.int64)
    export_vae(folder, made["vae"])
    export_unet(folder, made["unet"])
    copy_tokenizer(folder, "tokenizer", "clip")
    write_scheduler(folder, made["scheduler"])
    names = {"scheduler": ["diffusers", "EulerDiscreteScheduler"], "text_encoder": ["transformers", "CLIPTextModel"], "tokenizer": ["transformers", "CLIPTokenizer"]}
    index(folder, "StableDiffusionPipeline", **names, unet=["diffusers", "UNet2DConditionModel"], vae=["diffusers", "AutoencoderKL"])
    print(folder)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))

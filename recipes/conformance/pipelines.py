"""Tiny random models of every kind, as ONNX folders, with what diffusers draws with them: test/fixtures/models/<name>/.

Each folder is laid out as Optimum lays it out (formats.md, section 1) plus `reference.json` (requests and diffusers' final
latents) and, where said, `reference-picture.bin` (decoded RGB). Weights are random and none are equal, because exporters merge
equal initializers. Run recipes/conformance/tiny_tokenizers.py first.

    /tmp/venv/bin/pip install torch==2.13.0 diffusers==0.42.1 transformers onnx onnxscript sentencepiece scipy torchsde
    /tmp/venv/bin/python recipes/conformance/pipelines.py [name …] [--references]
"""
import base64, inspect, json, pathlib, shutil, sys, warnings
import numpy as np
import onnx
import torch
import diffusers
import transformers
from PIL import Image
from diffusers import (AutoencoderKL, DDIMScheduler, DPMSolverMultistepScheduler, DPMSolverSDEScheduler, EulerAncestralDiscreteScheduler, EulerDiscreteScheduler, FlowMatchEulerDiscreteScheduler,
                       HeunDiscreteScheduler, LatentConsistencyModelPipeline, LCMScheduler, PNDMScheduler, SD3Transformer2DModel, StableDiffusion3Pipeline,
                       StableDiffusion3Img2ImgPipeline, StableDiffusionImg2ImgPipeline, StableDiffusionInpaintPipeline, StableDiffusionPipeline, StableDiffusionXLImg2ImgPipeline,
                       StableDiffusionXLInpaintPipeline, StableDiffusionXLPipeline, LatentConsistencyModelImg2ImgPipeline, UNet2DConditionModel, UniPCMultistepScheduler)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer, T5Config, T5EncoderModel, T5Tokenizer

warnings.filterwarnings("ignore")
diffusers.utils.logging.set_verbosity_error()
transformers.utils.logging.set_verbosity_error()
torch.set_num_threads(1)
# diffusers 0.42 looks for the text model where transformers 4 had it (clip_skip alone does).
CLIPTextModel.text_model = property(lambda self: self)

FIXTURES = pathlib.Path(__file__).parents[2] / "test/fixtures"
TOKENIZERS = FIXTURES / "tokenizers"
MODELS = FIXTURES / "models"
PROMPT = "a photograph of an astronaut riding a horse, highly detailed"
NEGATIVE = "blurry, low quality"
SD = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}


def randomised(module, seed):
    """Every parameter different, sizes such that activations stay near 1."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in module.named_parameters():
            noise = torch.randn(p.shape, generator=generator)
            if p.ndim >= 2 and "embed" not in name:
                fan_in = p[0].numel()
                p.copy_(noise / fan_in**0.5)
            elif p.ndim >= 2:
                p.copy_(noise * 0.5)
            elif "norm" in name and name.endswith("weight"):
                p.copy_(1 + 0.2 * noise)
            else:
                p.copy_(0.1 * noise)
    return module.eval().requires_grad_(False)


# --- parts -----------------------------------------------------------------------------------------------------------------

def clip(seed, width, projection=None, layers=2):
    vocabulary = len(json.loads((TOKENIZERS / "clip/vocab.json").read_text()))
    config = CLIPTextConfig(vocab_size=vocabulary, hidden_size=width, intermediate_size=2 * width, num_hidden_layers=layers, num_attention_heads=2, max_position_embeddings=77,
                            projection_dim=projection or width, bos_token_id=vocabulary - 2, eos_token_id=vocabulary - 1, pad_token_id=1, attn_implementation="eager",
                            hidden_act="gelu" if projection else "quick_gelu")
    return randomised((CLIPTextModelWithProjection if projection else CLIPTextModel)(config), seed)


def t5(seed, width):
    vocabulary = len(json.loads((TOKENIZERS / "t5/tokenizer.json").read_text())["model"]["vocab"])
    config = T5Config(vocab_size=vocabulary, d_model=width, d_kv=8, d_ff=2 * width, num_layers=2, num_heads=2, feed_forward_proj="gated-gelu", tie_word_embeddings=False)
    return randomised(T5EncoderModel(config), seed)


def unet(seed, cross, **extra):
    return randomised(UNet2DConditionModel(sample_size=8, in_channels=extra.pop("in_channels", 4), out_channels=4, layers_per_block=1, block_out_channels=(16, 32), norm_num_groups=8,
                                           down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), cross_attention_dim=cross,
                                           attention_head_dim=extra.pop("attention_head_dim", 2), **extra), seed)


def vae(seed, channels=4, **extra):
    return randomised(AutoencoderKL(in_channels=3, out_channels=3, latent_channels=channels, sample_size=64, block_out_channels=(8, 8, 16, 16), norm_num_groups=4, layers_per_block=1,
                                    down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4, **extra), seed)


# --- export ----------------------------------------------------------------------------------------------------------------

class Wrap(torch.nn.Module):
    """A module whose call is a function of positional tensors."""

    def __init__(self, module, call):
        super().__init__()
        self.module, self.call = module, call

    def forward(self, *inputs):
        return self.call(self.module, *inputs)


def export(path, module, call, inputs, outputs, dynamic, dynamo=False, opset=17):
    """`inputs`: name → example tensor; `dynamic`: name → {axis: symbol}."""
    path.parent.mkdir(parents=True, exist_ok=True)
    wrapped = Wrap(module, call).eval()  # else export leaves the module in training mode, dropout and all
    if dynamo:
        shapes = tuple({axis: torch.export.Dim.DYNAMIC for axis in dynamic.get(name, {})} or None for name in inputs)
        program = torch.onnx.export(wrapped, tuple(inputs.values()), input_names=list(inputs), output_names=outputs, dynamic_shapes=(shapes,), dynamo=True, opset_version=18, verbose=False)
        program.save(str(path), external_data=False)
        model = onnx.load(str(path))
        for node in model.graph.node:
            # Source lines of the Python that made the node: larger than the weights. The module scopes stay.
            kept = [entry for entry in node.metadata_props if entry.key == "pkg.torch.onnx.name_scopes"]
            del node.metadata_props[:]
            node.metadata_props.extend(kept)
        for value in model.graph.value_info:
            del value.metadata_props[:]
        onnx.save(model, str(path))
    else:
        torch.onnx.export(wrapped, tuple(inputs.values()), str(path), input_names=list(inputs), output_names=outputs, dynamic_axes=dynamic, opset_version=opset, dynamo=False)
    onnx.checker.check_model(str(path))
    check(path, wrapped, inputs)


def check(path, wrapped, inputs):
    import onnxruntime
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    feeds = {i.name: inputs[i.name].numpy() for i in session.get_inputs()}
    expected = wrapped(*inputs.values())
    expected = expected if isinstance(expected, (tuple, list)) else (expected,)
    for name, actual, wanted in zip([o.name for o in session.get_outputs()], session.run(None, feeds), expected):
        error = np.abs(actual - wanted.detach().numpy()).max() / max(1, np.abs(wanted.detach().numpy()).max())
        assert error < 1e-4, (path, name, error)


def write_config(folder, part, config):
    (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / part / "config.json").write_text(json.dumps(json.loads(config.to_json_string()), indent=1) + "\n")


def export_text(folder, part, model, dtype=torch.int64, hidden=False, dynamo=False):
    length = 16 if isinstance(model, T5EncoderModel) else 77
    ids = torch.randint(0, model.config.vocab_size - 1, (2, length)).to(dtype)
    ids[:, -5] = model.config.vocab_size - 1
    layers = range(model.config.num_hidden_layers + 1)

    def call(m, i):
        out = m(i, output_hidden_states=hidden)
        if isinstance(m, T5EncoderModel):
            return out.last_hidden_state
        first = (out.text_embeds, out.last_hidden_state) if hasattr(out, "text_embeds") else (out.last_hidden_state, out.pooler_output)
        return (*first, *(out.hidden_states if hidden else ()))

    names = ["last_hidden_state"] if isinstance(model, T5EncoderModel) else ["text_embeds", "last_hidden_state"] if isinstance(model, CLIPTextModelWithProjection) else ["last_hidden_state", "pooler_output"]
    names += [f"hidden_states.{k}" for k in layers] if hidden else []
    axes = {"input_ids": {0: "batch_size", 1: "sequence_length"}}
    export(folder / part / "model.onnx", model, call, {"input_ids": ids}, names, axes, dynamo)
    write_config(folder, part, model.config)


def export_unet(folder, model, timestep_shape=(), timestep_dtype=torch.float32, dynamo=False, opset=17):
    c = model.config
    inputs = {"sample": torch.randn(2, c.in_channels, 8, 8), "timestep": torch.full(timestep_shape, 500, dtype=timestep_dtype), "encoder_hidden_states": torch.randn(2, 77, c.cross_attention_dim)}
    dynamic = {"sample": {0: "batch_size", 2: "height", 3: "width"}, "encoder_hidden_states": {0: "batch_size", 1: "sequence_length"}, "out_sample": {0: "batch_size", 2: "height", 3: "width"}}
    if timestep_shape:
        dynamic["timestep"] = {0: "steps"}
    names = []
    if c.addition_embed_type == "text_time":
        inputs["text_embeds"] = torch.randn(2, c.projection_class_embeddings_input_dim - 6 * c.addition_time_embed_dim)
        inputs["time_ids"] = torch.randn(2, 6)
        dynamic |= {"text_embeds": {0: "batch_size"}, "time_ids": {0: "batch_size"}}
        names = ["text_embeds", "time_ids"]
    if c.time_cond_proj_dim:
        inputs["timestep_cond"] = torch.randn(2, c.time_cond_proj_dim)
        dynamic["timestep_cond"] = {0: "batch_size"}
        names = ["timestep_cond"]

    def call(m, sample, timestep, states, *rest):
        rest = dict(zip(names, rest))
        cond = rest.pop("timestep_cond", None)
        return m(sample, timestep, states, timestep_cond=cond, added_cond_kwargs=rest or None, return_dict=False)[0]

    export(folder / "unet/model.onnx", model, call, inputs, ["out_sample"], dynamic, dynamo, opset)
    write_config(folder, "unet", ConfigText(c))


class ConfigText:
    def __init__(self, config):
        self.values = {k: v for k, v in config.items() if not k.startswith("_use")}

    def to_json_string(self):
        return json.dumps(self.values)


def export_vae(folder, model, dynamo=False, sampled=False):
    c = model.config
    axes = {"height": 2, "width": 3}
    dynamic = lambda name: {name: {0: "batch_size", **{v: f"{name}_{k}" for k, v in axes.items()}}}
    export(folder / "vae_decoder/model.onnx", model, lambda m, z: m.decode(z, return_dict=False)[0], {"latent_sample": torch.randn(1, c.latent_channels, 8, 8)}, ["sample"],
           dynamic("latent_sample") | dynamic("sample"), dynamo)
    export(folder / "vae_encoder/model.onnx", model, lambda m, x: m.quant_conv(m.encoder(x)) if m.quant_conv is not None else m.encoder(x), {"sample": torch.randn(1, 3, 64, 64)}, ["latent_parameters"],
           dynamic("sample") | dynamic("latent_parameters"), dynamo)
    write_config(folder, "vae_decoder", ConfigText(c))
    write_config(folder, "vae_encoder", ConfigText(c))


def copy_tokenizer(folder, part, name):
    shutil.copytree(TOKENIZERS / name, folder / part, dirs_exist_ok=True)


def write_scheduler(folder, scheduler):
    (folder / "scheduler").mkdir(parents=True, exist_ok=True)
    scheduler.save_pretrained(folder / "scheduler")


def index(folder, class_name, **parts):
    (folder / "model_index.json").write_text(json.dumps({"_class_name": class_name, "_diffusers_version": diffusers.__version__, **parts}, indent=1) + "\n")


# --- reference pictures ----------------------------------------------------------------------------------------------------

def encoded(tensor):
    return base64.b64encode(np.ascontiguousarray(tensor.float().numpy(), dtype="<f4").tobytes()).decode()


class References:
    def __init__(self, folder, pipeline):
        self.folder, self.pipeline, self.cases, self.pictures = folder, pipeline, [], []
        # As a pipeline that was loaded from the folder has it: every field of the file counts as written when the class changes.
        self.own = type(pipeline.scheduler).from_pretrained(folder / "scheduler")

    def draw(self, title, sampler=None, scheduler=None, overrides=None, schedule="Automatic", picture=False, pipeline=None, init=None, mask=None, **call):
        """One case. `call` goes to the pipeline; `sampler`, `schedule` say it in Easel's words."""
        pipeline = pipeline or self.pipeline
        pipeline.set_progress_bar_config(disable=True)
        pipeline.scheduler = (scheduler or type(self.own)).from_config(self.own.config, **(overrides or {}))
        call = {"prompt": PROMPT, "negative_prompt": NEGATIVE, "num_inference_steps": 6, "guidance_scale": 5.0, "width": 64, "height": 64, "seed": 42, **call}
        arguments = dict(call)
        seed = arguments.pop("seed")
        if init is not None:
            arguments["image"] = Image.open(self.folder / init)
            arguments.pop("width"), arguments.pop("height")
        if mask is not None:
            arguments["mask_image"] = Image.open(self.folder / mask)
            arguments |= {"width": call["width"], "height": call["height"]}
        known = set(inspect.signature(pipeline.__call__).parameters)
        arguments = {k: v for k, v in arguments.items() if k in known}
        generate = lambda: torch.Generator("cpu").manual_seed(seed)
        with torch.no_grad():
            latents = pipeline(**arguments, generator=generate(), output_type="latent").images
        assert torch.isfinite(latents).all(), title
        case = {"title": title, "sampler": sampler, "scheduleType": schedule, **call, "latents": encoded(latents), "shape": list(latents.shape), "std": float(latents.std())}
        case |= {k: v for k, v in (("init", init), ("mask", mask)) if v is not None}
        if picture:
            with torch.no_grad():
                pixels = np.asarray(pipeline(**arguments, generator=generate(), output_type="pil").images[0])
            case["picture"] = {"offset": sum(len(p) for p in self.pictures), "width": pixels.shape[1], "height": pixels.shape[0]}
            self.pictures.append(pixels.tobytes())
        self.cases.append(case)

    def write(self, **facts):
        head = {"torch": torch.__version__, "diffusers": diffusers.__version__, "transformers": transformers.__version__, **facts}
        text = json.dumps({**head, "cases": self.cases}, separators=(",", ":"), allow_nan=False).replace('{"title"', '\n{"title"')
        (self.folder / "reference.json").write_text(text + "\n")
        if self.pictures:
            (self.folder / "reference-picture.bin").write_bytes(b"".join(self.pictures))
        print(self.folder.name, len(self.cases), "cases", sum(p.stat().st_size for p in self.folder.rglob("*") if p.is_file()), "bytes", {c["title"]: round(c["std"], 2) for c in self.cases[:4]})


DISCRETE = (
    ("DDIM", DDIMScheduler, {}), ("Euler", EulerDiscreteScheduler, {}), ("Euler a", EulerAncestralDiscreteScheduler, {}), ("Heun", HeunDiscreteScheduler, {}),
    ("DPM++ 2M", DPMSolverMultistepScheduler, {"algorithm_type": "dpmsolver++"}), ("DPM++ 2M SDE", DPMSolverMultistepScheduler, {"algorithm_type": "sde-dpmsolver++"}), ("UniPC", UniPCMultistepScheduler, {}),
    ("DPM++ SDE", DPMSolverSDEScheduler, {"noise_sampler_seed": 42}),  # the picture's own seed, which it is here without saying
)
SHAPES = {"use_karras_sigmas": "Karras", "use_exponential_sigmas": "Exponential", "use_beta_sigmas": "Beta"}


def every_sampler(references):
    for name, scheduler, overrides in DISCRETE:
        references.draw(name, name, scheduler, overrides)
        for flag, schedule in SHAPES.items() if "use_karras_sigmas" in scheduler().config else ():
            try:
                references.draw(f"{name} {schedule}", name, scheduler, {**overrides, flag: True}, schedule)
            except (IndexError, AssertionError) as error:
                # Zero terminal SNR: whole timesteps begin with the same one twice, and diffusers walks off the end of its list.
                print("diffusers cannot draw", name, schedule, repr(error)[:80])
        references.draw(f"{name} SGM Uniform", name, scheduler, {**overrides, "timestep_spacing": "trailing"}, "SGM Uniform")


def fresh(name):
    folder = MODELS / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def source_pictures(folder, mask=True):
    y, x = np.mgrid[0:64, 0:64]
    Image.fromarray(np.stack([x * 4, y * 4, (x * y) // 16], -1).astype(np.uint8)).save(folder / "init.png")
    if mask:
        Image.fromarray((((x - 40) ** 2 + (y - 24) ** 2 < 300) * 255).astype(np.uint8), "L").save(folder / "mask.png")


# --- the models ------------------------------------------------------------------------------------------------------------

def sd15():
    folder = fresh("sd15")
    text, net, auto = clip(1, 24), unet(2, 24), vae(3)
    scheduler = PNDMScheduler(**SD, skip_prk_steps=True, set_alpha_to_one=False, steps_offset=1)
    tokenizer = CLIPTokenizer.from_pretrained(str(TOKENIZERS / "clip"))
    export_text(folder, "text_encoder", text, torch.int32, hidden=True)
    export_unet(folder, net, timestep_shape=(1,), timestep_dtype=torch.int64, opset=14)
    export_vae(folder, auto)
    copy_tokenizer(folder, "tokenizer", "clip")
    write_scheduler(folder, scheduler)
    source_pictures(folder)
    index(folder, "OnnxStableDiffusionPipeline", scheduler=["diffusers", "PNDMScheduler"], text_encoder=["transformers", "CLIPTextModel"], tokenizer=["transformers", "CLIPTokenizer"], unet=["diffusers", "UNet2DConditionModel"], vae=["diffusers", "AutoencoderKL"])
    parts = dict(vae=auto, text_encoder=text, tokenizer=tokenizer, unet=net, scheduler=scheduler, safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    r = References(folder, StableDiffusionPipeline(**parts))
    r.draw("own scheduler", picture=True)
    r.draw("non-square", width=96, height=64, picture=True)
    r.draw("sides that do not halve evenly", width=72, height=88)
    r.draw("no guidance", guidance_scale=1.0)
    r.draw("guidance rescale", guidance_rescale=0.7)
    r.draw("no negative prompt", negative_prompt="")
    r.draw("empty prompt", prompt="", negative_prompt="")
    r.draw("prompt past 77 tokens", prompt=", ".join([PROMPT] * 12))
    r.draw("clip skip", clip_skip=1)
    r.draw("seed of 33 bits", seed=2**33 + 5)
    r.draw("DDIM eta", "DDIM", DDIMScheduler, eta=0.5)
    every_sampler(r)
    image = StableDiffusionImg2ImgPipeline(**parts)
    for name, scheduler in ((None, PNDMScheduler), ("DDIM", DDIMScheduler), ("Euler", EulerDiscreteScheduler), ("Heun", HeunDiscreteScheduler), ("DPM++ 2M", DPMSolverMultistepScheduler)):
        r.draw(f"image to image {name}", name, scheduler, pipeline=image, init="init.png", strength=0.6, num_inference_steps=8)
    paint = StableDiffusionInpaintPipeline(**parts)
    for name, scheduler in (("DDIM", DDIMScheduler), ("Euler", EulerDiscreteScheduler)):
        for strength in (1.0, 0.7):
            r.draw(f"inpainting {name} {strength}", name, scheduler, pipeline=paint, init="init.png", mask="mask.png", strength=strength)
    r.write(exporter="torchscript, opset 14 and 17, int64 timestep [1]: fractional timesteps cannot enter (see test)")


def sd2():
    folder = fresh("sd2-v")
    text, net, auto = clip(11, 32, layers=2), unet(12, 32, use_linear_projection=True), vae(13)
    scheduler = DDIMScheduler(**SD, prediction_type="v_prediction", clip_sample=False, set_alpha_to_one=False, steps_offset=1, rescale_betas_zero_snr=True, timestep_spacing="trailing")
    tokenizer = CLIPTokenizer.from_pretrained(str(TOKENIZERS / "clip-2"))
    export_text(folder, "text_encoder", text, dynamo=True)
    export_unet(folder, net, dynamo=True)
    export_vae(folder, auto, dynamo=True)
    copy_tokenizer(folder, "tokenizer", "clip-2")
    write_scheduler(folder, scheduler)
    index(folder, "StableDiffusionPipeline", scheduler=["diffusers", "DDIMScheduler"], text_encoder=["transformers", "CLIPTextModel"], tokenizer=["transformers", "CLIPTokenizer"], unet=["diffusers", "UNet2DConditionModel"], vae=["diffusers", "AutoencoderKL"])
    r = References(folder, StableDiffusionPipeline(vae=auto, text_encoder=text, tokenizer=tokenizer, unet=net, scheduler=scheduler, safety_checker=None, feature_extractor=None, requires_safety_checker=False))
    r.draw("own scheduler", picture=True)
    r.draw("sides that do not halve evenly", width=72, height=88)
    r.draw("guidance rescale", guidance_rescale=0.7)
    r.draw("exclamation marks", prompt="wow!! a castle!")
    every_sampler(r)
    r.write(exporter="dynamo, opset 18, scalar timestep")


def sdxl():
    folder = fresh("sdxl")
    one, two = clip(21, 16, layers=3), clip(22, 24, projection=24, layers=3)
    net = unet(23, 40, addition_embed_type="text_time", addition_time_embed_dim=8, projection_class_embeddings_input_dim=24 + 48, transformer_layers_per_block=(1, 2), use_linear_projection=True)
    auto = vae(24, scaling_factor=0.13025)
    scheduler = EulerDiscreteScheduler(**SD, timestep_spacing="leading", steps_offset=1)
    export_text(folder, "text_encoder", one, torch.int32, hidden=True)
    export_text(folder, "text_encoder_2", two, hidden=True)
    export_unet(folder, net)
    export_vae(folder, auto)
    copy_tokenizer(folder, "tokenizer", "clip")
    copy_tokenizer(folder, "tokenizer_2", "clip-2")
    write_scheduler(folder, scheduler)
    index(folder, "ORTStableDiffusionXLPipeline", force_zeros_for_empty_prompt=True, scheduler=["diffusers", "EulerDiscreteScheduler"], text_encoder=["transformers", "CLIPTextModel"], text_encoder_2=["transformers", "CLIPTextModelWithProjection"],
          tokenizer=["transformers", "CLIPTokenizer"], tokenizer_2=["transformers", "CLIPTokenizer"], unet=["diffusers", "UNet2DConditionModel"], vae=["diffusers", "AutoencoderKL"])
    source_pictures(folder)
    parts = dict(vae=auto, text_encoder=one, text_encoder_2=two, tokenizer=CLIPTokenizer.from_pretrained(str(TOKENIZERS / "clip")), tokenizer_2=CLIPTokenizer.from_pretrained(str(TOKENIZERS / "clip-2")),
                 unet=net, scheduler=scheduler, force_zeros_for_empty_prompt=True, add_watermarker=False)
    r = References(folder, StableDiffusionXLPipeline(**parts))
    r.draw("own scheduler", picture=True)
    r.draw("non-square", width=64, height=96)
    r.draw("sides that do not halve evenly", width=88, height=72)
    r.draw("no negative prompt", negative_prompt=None)
    r.draw("empty negative prompt", negative_prompt="")
    r.draw("no guidance", guidance_scale=1.0)
    r.draw("guidance rescale", guidance_rescale=0.7)
    r.draw("exclamation marks", prompt="wow!! a castle!")
    every_sampler(r)
    for strength in (0.3, 0.7):
        r.draw(f"image to image {strength}", pipeline=StableDiffusionXLImg2ImgPipeline(**parts), init="init.png", strength=strength)
        r.draw(f"inpainting {strength}", pipeline=StableDiffusionXLInpaintPipeline(**parts), init="init.png", mask="mask.png", strength=strength)
    r.write(exporter="torchscript, opset 17, scalar timestep")


def sd3():
    folder = fresh("sd3")
    one, two, three = clip(31, 16, projection=16, layers=2), clip(32, 24, projection=24, layers=2), t5(33, 48)
    net = randomised(SD3Transformer2DModel(sample_size=8, patch_size=2, in_channels=16, num_layers=2, attention_head_dim=8, num_attention_heads=4, joint_attention_dim=48, caption_projection_dim=32,
                                           pooled_projection_dim=40, out_channels=16, pos_embed_max_size=24), 34)
    net.proj_out.weight.mul_(0.05)  # else guidance makes a walk that turns 1e-6 of rounding into 7e-3 of latents
    auto = vae(35, channels=16, scaling_factor=1.5305, shift_factor=0.0609, use_quant_conv=False, use_post_quant_conv=False)
    scheduler = FlowMatchEulerDiscreteScheduler(shift=3.0)
    export_text(folder, "text_encoder", one, hidden=True)
    export_text(folder, "text_encoder_2", two, hidden=True)
    export_text(folder, "text_encoder_3", three)
    inputs = {"hidden_states": torch.randn(2, 16, 8, 8), "encoder_hidden_states": torch.randn(2, 93, 48), "pooled_projections": torch.randn(2, 40), "timestep": torch.full((2,), 500.0)}
    dynamic = {"hidden_states": {0: "batch_size", 2: "height", 3: "width"}, "encoder_hidden_states": {0: "batch_size", 1: "sequence_length"}, "pooled_projections": {0: "batch_size"}, "timestep": {0: "step"}}
    export(folder / "transformer/model.onnx", net, lambda m, h, e, p, t: m(hidden_states=h, encoder_hidden_states=e, pooled_projections=p, timestep=t, return_dict=False)[0], inputs, ["out_hidden_states"], dynamic)
    write_config(folder, "transformer", ConfigText(net.config))
    export_vae(folder, auto)
    for part, name in (("tokenizer", "clip"), ("tokenizer_2", "clip-2"), ("tokenizer_3", "t5")):
        copy_tokenizer(folder, part, name)
    write_scheduler(folder, scheduler)
    index(folder, "StableDiffusion3Pipeline", scheduler=["diffusers", "FlowMatchEulerDiscreteScheduler"], text_encoder=["transformers", "CLIPTextModelWithProjection"], text_encoder_2=["transformers", "CLIPTextModelWithProjection"],
          text_encoder_3=["transformers", "T5EncoderModel"], tokenizer=["transformers", "CLIPTokenizer"], tokenizer_2=["transformers", "CLIPTokenizer"], tokenizer_3=["transformers", "T5Tokenizer"],
          transformer=["diffusers", "SD3Transformer2DModel"], vae=["diffusers", "AutoencoderKL"])
    parts = dict(transformer=net, scheduler=scheduler, vae=auto, text_encoder=one, text_encoder_2=two, tokenizer=CLIPTokenizer.from_pretrained(str(TOKENIZERS / "clip")), tokenizer_2=CLIPTokenizer.from_pretrained(str(TOKENIZERS / "clip-2")))
    r = References(folder, StableDiffusion3Pipeline(**parts, text_encoder_3=three, tokenizer_3=T5Tokenizer.from_pretrained(str(TOKENIZERS / "t5"))))
    r.draw("own scheduler", picture=True)
    r.draw("non-square", width=96, height=64)
    r.draw("no guidance", guidance_scale=1.0)
    r.draw("no negative prompt", negative_prompt="")
    r.draw("one step", num_inference_steps=1)
    source_pictures(folder, mask=False)
    image = StableDiffusion3Img2ImgPipeline(**parts, text_encoder_3=three, tokenizer_3=T5Tokenizer.from_pretrained(str(TOKENIZERS / "t5")))
    for strength in (0.35, 0.7):
        r.draw(f"image to image {strength}", pipeline=image, init="init.png", strength=strength)
    without = StableDiffusion3Pipeline(**parts, text_encoder_3=None, tokenizer_3=None)
    r.draw("without T5", pipeline=without)
    r.write(exporter="torchscript, opset 17; the case 'without T5' is the same folder with text_encoder_3 and tokenizer_3 left out")


def lcm():
    folder = fresh("lcm")
    text, net, auto = clip(41, 24), unet(42, 24, time_cond_proj_dim=16), vae(43)
    scheduler = LCMScheduler(**SD, set_alpha_to_one=True, steps_offset=1, clip_sample=False)
    export_text(folder, "text_encoder", text)
    export_unet(folder, net)
    export_vae(folder, auto)
    copy_tokenizer(folder, "tokenizer", "clip")
    write_scheduler(folder, scheduler)
    index(folder, "LatentConsistencyModelPipeline", scheduler=["diffusers", "LCMScheduler"], text_encoder=["transformers", "CLIPTextModel"], tokenizer=["transformers", "CLIPTokenizer"], unet=["diffusers", "UNet2DConditionModel"], vae=["diffusers", "AutoencoderKL"])
    source_pictures(folder, mask=False)
    parts = dict(vae=auto, text_encoder=text, tokenizer=CLIPTokenizer.from_pretrained(str(TOKENIZERS / "clip")), unet=net, scheduler=scheduler, safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    r = References(folder, LatentConsistencyModelPipeline(**parts))
    for steps in (1, 2, 4, 8):
        r.draw(f"{steps} steps", num_inference_steps=steps, guidance_scale=8.5, negative_prompt="", picture=steps == 4)
    r.draw("guidance 1.5", num_inference_steps=4, guidance_scale=1.5, negative_prompt="")
    r.draw("image to image", num_inference_steps=4, guidance_scale=8.5, negative_prompt="", pipeline=LatentConsistencyModelImg2ImgPipeline(**parts), init="init.png", strength=0.5)
    r.write(exporter="torchscript, opset 17, timestep_cond")


def turbo():
    folder = fresh("sd-turbo")
    text, net, auto = clip(51, 32), unet(52, 32, use_linear_projection=True), vae(53)
    scheduler = EulerDiscreteScheduler(**SD, timestep_spacing="trailing", steps_offset=1)
    export_text(folder, "text_encoder", text, dynamo=True)
    export_unet(folder, net, timestep_shape=(1,), dynamo=True)
    export_vae(folder, auto)
    copy_tokenizer(folder, "tokenizer", "clip-2")
    write_scheduler(folder, scheduler)
    index(folder, "StableDiffusionPipeline", scheduler=["diffusers", "EulerDiscreteScheduler"], text_encoder=["transformers", "CLIPTextModel"], tokenizer=["transformers", "CLIPTokenizer"], unet=["diffusers", "UNet2DConditionModel"], vae=["diffusers", "AutoencoderKL"])
    r = References(folder, StableDiffusionPipeline(vae=auto, text_encoder=text, tokenizer=CLIPTokenizer.from_pretrained(str(TOKENIZERS / "clip-2")), unet=net, scheduler=scheduler, safety_checker=None, feature_extractor=None, requires_safety_checker=False))
    for steps in (1, 2, 4):
        r.draw(f"{steps} steps", num_inference_steps=steps, guidance_scale=0.0, negative_prompt="", picture=steps == 1)
    r.write(exporter="dynamo, opset 18, timestep [1]")


if __name__ == "__main__":
    recipes = {f.__name__: f for f in (sd15, sd2, sdxl, sd3, lcm, turbo)}
    if "--references" in sys.argv:  # new cases for the graphs that are there
        def fresh(name):
            return MODELS / name

        def export(*_args, **_kwargs):
            pass
    for name in [name for name in sys.argv[1:] if name in recipes] or recipes:
        recipes[name]()

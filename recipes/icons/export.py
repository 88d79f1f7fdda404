"""Writes models/icon-64 from a checkpoint and proves that every ONNX file computes what PyTorch computes.

python export.py --checkpoint decay      (the model card is written by card.py, from measured results)
python export.py --checkpoint decay --emoji-since 1511488      of one that was taught colour emoji too
"""
import argparse
import json
import time

import numpy as np
import onnxruntime
import torch

import export_onnx
from checkpoint import load_model
from concepts import write_concepts
from model import SIGMA_FLOOR, Translator, bias_of
from paths import EMOJI, MODEL, WORK
from tokens import CaptionTokenizer


def session(part, threads=2):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(MODEL / part / "model.onnx"), options, providers=["CPUExecutionProvider"])


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + "\n")


def write_configs(model, about):
    s = model.shape
    part = lambda name: ["easel", name]
    upscaler = {"upscaler": part("IconUpscaler")} if (MODEL / "upscaler" / "model.onnx").exists() else {}  # exported by itself; it stays
    write_json(MODEL / "model_index.json", {
        "_class_name": "EaselIconPipeline", "_easel_version": 1, "family": "icon", "sample_size": 64,
        "text_encoder": part("IconTextEncoders"), "tokenizer": ["transformers", "PreTrainedTokenizerFast"],
        "transformer": part("IconTransformer"), "image_encoder": part("IconImageEncoder"), "prior": part("IconTranslator"),
        "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"], "vae": None,
        **upscaler,
    })
    write_json(MODEL / "scheduler" / "scheduler_config.json", {
        "_class_name": "FlowMatchEulerDiscreteScheduler", "num_train_timesteps": 1000, "shift": 1.0, "shift_terminal": SIGMA_FLOOR,
        "use_dynamic_shifting": False,
    })
    write_json(MODEL / "text_encoder" / "config.json", {
        "max_position_embeddings": s.length, "vocab_size": s.vocabulary, "hidden_size": s.text_width, "projection_dim": s.embedding,
        "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "placeholder_token_ids": list(range(3, 19)),
    })
    write_json(MODEL / "transformer" / "config.json", {
        "sample_size": 64, "in_channels": 3, "num_layers": s.layers, "num_attention_heads": s.heads, "attention_head_dim": s.width // s.heads,
        "joint_attention_dim": s.text_width, "pooled_projection_dim": s.embedding, "prediction": "velocity", "sigma_floor": SIGMA_FLOOR,
    })


def close(name, got, want):
    difference = float(np.abs(got - want.numpy()).max())
    scale = float(want.abs().max())
    print(f"{name}: largest difference from PyTorch {difference:.2e} of {scale:.2f}")
    assert difference < 0.02 * scale + 2e-3, name


def compare(model, translator):
    """Onnx files against PyTorch with the same fp16-rounded weights, batch 1 and 3, a long and a short text stream."""
    half = lambda m: m.load_state_dict({k: v.half().float() if v.ndim >= 2 else v for k, v in m.state_dict().items()})
    half(model), half(translator)
    tokenizer = CaptionTokenizer(32)
    text_encoder, transformer, tower, prior = (session(p) for p in ("text_encoder", "transformer", "image_encoder", "prior"))
    for texts in (["red heart icon on a blue circle"], ["outline black key icon", "", "heart"]):
        ids, mask = tokenizer(texts)
        hidden, pooled = text_encoder.run(None, {"input_ids": ids.numpy(), "attention_mask": mask.numpy()})
        with torch.no_grad():
            close("last_hidden_state", hidden, model.generative(ids, mask))
            close("pooled_output", pooled, model.contrastive(ids, mask))
            for i, t in enumerate(texts):
                assert t or not pooled[i].any(), "the empty prompt's pooled output must be exactly 0"
            n = len(texts)
            z, t = torch.randn(n, 3, 64, 64), torch.linspace(60, 1000, n)
            h, p, b = torch.tensor(hidden), torch.tensor(pooled), bias_of(mask)
            want = (z - model.generator(z, t, h, p, b)) / (t / 1000).clamp_min(SIGMA_FLOOR)[:, None, None, None]
            feed = {"hidden_states": z.numpy(), "timestep": t.numpy(), "encoder_hidden_states": hidden, "pooled_projections": pooled}
            close("velocity", transformer.run(None, {**feed, "encoder_attention_bias": b.numpy()})[0], want)
            if n == 1:  # cut to the tokens that are there
                k = int(mask.sum())
                cut = {"encoder_hidden_states": hidden[:, :k], "encoder_attention_bias": np.zeros((1, k), np.float32)}
                close("velocity, cut to its tokens", transformer.run(None, {**feed, **cut})[0], want)
            close("image_embeds", tower.run(None, {"pixel_values": z.numpy()})[0], model.tower(z))
            close("prior", prior.run(None, {"text_embeds": pooled})[0], translator(p))
    # CPU time on one thread: wall time says little on a machine that does other work too.
    timing, alone = {}, session("transformer", threads=1)
    for batch in (1, 2):
        tokens = 12
        feed2 = {k: np.repeat(v[:1], batch, 0) for k, v in feed.items()}
        feed2["encoder_hidden_states"] = feed2["encoder_hidden_states"][:, :tokens]
        feed2["encoder_attention_bias"] = np.zeros((batch, tokens), np.float32)
        alone.run(None, feed2)
        start = time.process_time()
        for _ in range(20):
            alone.run(None, feed2)
        timing[f"batch {batch}"] = round(50 * (time.process_time() - start), 1)
    print(f"transformer forward, {tokens} text tokens, fp32, ms of CPU time on one thread: {timing}")
    return timing


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--checkpoint", default="trunk")
    parser.add_argument("--emoji-since", type=int, metavar="PICTURES", help="pictures seen when colour emoji came into the training (a checkpoint does not tell); without it, it was taught none")
    args = parser.parse_args()
    torch.manual_seed(0)
    model, about = load_model(args.checkpoint)
    about |= {"emoji_since": args.emoji_since, "emoji": 0 if args.emoji_since is None else EMOJI}
    translator = Translator(model.shape)
    translator.load_state_dict(torch.load(WORK / "run" / "prior.pt", weights_only=True))
    translator.requires_grad_(False)
    write_configs(model, about)
    write_concepts(about["top"], MODEL / "concepts.json", keywords=about["keywords_since"] is not None, emoji_labels=about["emoji"])
    export_onnx.text_encoder(model, MODEL / "text_encoder" / "model.onnx")
    export_onnx.transformer(model, MODEL / "transformer" / "model.onnx")
    export_onnx.image_encoder(model, MODEL / "image_encoder" / "model.onnx")
    export_onnx.prior(translator, model.shape.embedding, MODEL / "prior" / "model.onnx")
    timing = compare(model, translator)
    size = sum(f.stat().st_size for f in MODEL.rglob("*") if f.is_file())
    print(f"{size / 2**20:.1f} MiB in all")
    assert size < 40e6
    (WORK / "run" / "exported.json").write_text(json.dumps({**about, "checkpoint": args.checkpoint, "timing": timing,
        "parameters": {n: sum(p.numel() for p in m.parameters()) for n, m in (("generative encoder", model.generative), ("contrastive encoder", model.contrastive),
            ("image tower", model.tower), ("generator", model.generator), ("translator", translator))}}))


if __name__ == "__main__":
    main()

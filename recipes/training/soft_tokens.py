"""Reference numbers for the soft-token trainer: one step's errors, losses and gradients, from PyTorch float64 autograd.

    python soft_tokens.py OUT_FOLDER        # test/conformance/training

Tiny random models of each family that soft tokens go into, exported by both exporters. The tokens are injected here by
wrapping PyTorch modules (as SoftREPA's transformer.py does), there by surgery on the exported graph; the numbers must agree.
NAME.onnx, and NAME.safetensors with the batch (`pictures`, `noise`, `text`, `pooled`, `bias`), `tokens`, and for each loss
`errors.*`, `loss.*`, `grad.*`; its metadata has the timestep, the blocks and the options.
"""
import json
import pathlib
import sys
import types
import warnings

import onnx
import torch
from safetensors.torch import save_file

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "gradients"), str(HERE.parent / "icons")]
B, TEMPERATURE, SCALE = 4, 0.7, 4.0  # random models have errors around 1: at 0.07 every logit would be 0


def losses(errors, weight):
    """What the trainer offers, of an error matrix [pictures, captions]."""
    logits = SCALE * torch.exp(-errors / TEMPERATURE)
    contrastive = -logits.log_softmax(1).diagonal().mean() + weight * errors.diagonal().mean()
    own = errors.diagonal()[:, None]
    ranks = torch.sigmoid((own - errors) / (0.1 * errors.std(1, keepdim=True).detach()))
    soft_rank = (ranks.sum(1) - ranks.diagonal()).mean()
    return {"contrastive": contrastive, "soft-rank": soft_rank, "denoising": errors.diagonal().mean()}


def unet(xl):
    from diffusers import UNet2DConditionModel
    extra = dict(addition_embed_type="text_time", addition_time_embed_dim=8, projection_class_embeddings_input_dim=8 * 6 + 8,
                 use_linear_projection=True) if xl else {}
    model = UNet2DConditionModel(sample_size=8, in_channels=4, out_channels=4, block_out_channels=(8, 16), layers_per_block=1,
                                 down_block_types=("DownBlock2D", "CrossAttnDownBlock2D") if xl else ("CrossAttnDownBlock2D", "DownBlock2D"),
                                 up_block_types=("CrossAttnUpBlock2D", "UpBlock2D") if xl else ("UpBlock2D", "CrossAttnUpBlock2D"),
                                 transformer_layers_per_block=2 if xl else 1, cross_attention_dim=12, attention_head_dim=2, norm_num_groups=4, **extra)
    # SDXL's place for tokens is down+mid, SD 1.x's is down alone.
    blocks = [n.removesuffix(".attn2") for n, _ in model.named_modules() if n.endswith(".attn2") and (n.startswith("down") or xl and n.startswith("mid"))]

    def inject(tokens):
        for name in blocks:
            attention = model.get_submodule(name + ".attn2")
            plain = type(attention).forward

            def forward(self, hidden, encoder_hidden_states=None, plain=plain, **more):
                e = encoder_hidden_states
                e = torch.cat([e[:, :1], tokens[0].expand(len(e), -1, -1), e[:, 1:]], 1)
                return plain(self, hidden, encoder_hidden_states=e, **more)
            attention.forward = types.MethodType(forward, attention)

    def call(m, sample, t, states, *more):
        added = dict(added_cond_kwargs={"text_embeds": more[0], "time_ids": more[1]}) if more else {}
        return m(sample, t, states, return_dict=False, **added)[0]

    names = ["sample", "timestep", "encoder_hidden_states"] + (["text_embeds", "time_ids"] if xl else [])
    return dict(model=model, inject=inject, call=call, names=names, blocks=blocks, layers=1, shape=(4, 8, 8), width=12, token_width=12, pooled=8 if xl else 0, flow=False)


def sd3():
    from diffusers import SD3Transformer2DModel
    model = SD3Transformer2DModel(sample_size=8, patch_size=2, in_channels=4, num_layers=4, attention_head_dim=8, num_attention_heads=2,
                                  joint_attention_dim=12, caption_projection_dim=16, pooled_projection_dim=10, out_channels=4, pos_embed_max_size=8)
    layers = 2

    def inject(tokens):
        for i, block in enumerate(model.transformer_blocks):
            def forward(self, hidden_states, encoder_hidden_states, temb, *more, i=i, plain=type(block).forward, **named):
                e = encoder_hidden_states[:, -inject.length:]
                if i < layers:
                    e = torch.cat([tokens[i].expand(len(e), -1, -1), e], 1)
                return plain(self, hidden_states, e, temb, *more, **named)
            block.forward = types.MethodType(forward, block)

    names = ["hidden_states", "timestep", "encoder_hidden_states", "pooled_projections"]
    call = lambda m, x, t, e, p: m(hidden_states=x, timestep=t, encoder_hidden_states=e, pooled_projections=p, return_dict=False)[0]
    return dict(model=model, inject=inject, call=call, names=names, blocks=[f"transformer_blocks.{i}" for i in range(layers)], layers=layers, shape=(4, 8, 8),
                width=12, token_width=16, pooled=10, flow=True)


def icon():
    """The embedded model's network, small. Its layers that start at zero get values, or nothing would reach the tokens."""
    from model import SIGMA_FLOOR, Generator, Shape
    shape = Shape(vocabulary=64, text_width=12, embedding=10, width=16, layers=3, heads=2, channels=8, fine=4, spatial=4)
    layers = 2

    class Velocity(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.generator = Generator(shape)

        def forward(self, hidden_states, timestep, encoder_hidden_states, pooled_projections, encoder_attention_bias):
            clean = self.generator(hidden_states, timestep, encoder_hidden_states, pooled_projections, encoder_attention_bias)
            return (hidden_states - clean) / (timestep / 1000).clamp_min(SIGMA_FLOOR)[:, None, None, None]

    model = Velocity()
    for p in model.parameters():
        if p.dim() > 1:
            torch.nn.init.normal_(p, std=0.5 * p.shape[1] ** -0.5)

    def inject(tokens):
        for i, block in enumerate(model.generator.transformer_blocks[:layers]):
            def forward(self, x, text, bias, i=i, plain=type(block.attn).forward):
                own = tokens[i].expand(len(text), -1, -1)
                places = torch.zeros(len(text), own.shape[1], dtype=bias.dtype)
                return plain(self, x, torch.cat([own, text], 1), torch.cat([bias[:, :64], places, bias[:, 64:]], 1))
            block.attn.forward = types.MethodType(forward, block.attn)

    names = ["hidden_states", "timestep", "encoder_hidden_states", "pooled_projections", "encoder_attention_bias"]
    return dict(model=model, inject=inject, call=lambda m, *x: m(*x), names=names, blocks=[f"transformer_blocks.{i}" for i in range(layers)], layers=layers,
                shape=(3, 64, 64), width=12, token_width=12, pooled=10, bias=True, flow=True)


def export(case, name, dynamo, out):
    """As models are exported for Easel: any batch, any number of text tokens. Metadata stays: it names the blocks."""
    s, w = case["shape"], case["width"]
    inputs = [torch.randn(2, *s), torch.full((2,), 421.0), torch.randn(2, 6, w)]
    if case["pooled"]:
        inputs.append(torch.randn(2, case["pooled"]))
    if name == "sdxl":
        inputs.append(torch.randn(2, 6).abs())
    if case.get("bias"):
        inputs.append(torch.zeros(2, 6))
    axes = {n: {0: "batch"} | ({1: "sequence"} if n in ("encoder_hidden_states", "encoder_attention_bias") else {}) for n in case["names"]}
    class Call(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = case["model"]

        def forward(self, *x):
            return case["call"](self.model, *x)
    path = out / f"{name}.onnx"
    free = (tuple({axis: torch.export.Dim.AUTO for axis in axes[n]} for n in case["names"]),)
    torch.onnx.export(Call().eval(), tuple(inputs), str(path), input_names=case["names"], output_names=["out_sample"],
                      **(dict(dynamic_shapes=free, opset_version=18, dynamo=True, external_data=False) if dynamo
                         else dict(dynamic_axes=axes, opset_version=17, dynamo=False)))
    model = onnx.load(path)
    del model.graph.value_info[:]
    for node in model.graph.node:  # of the metadata only the module path is read
        node.doc_string = ""
        kept = [p.value for p in node.metadata_props if p.key == "pkg.torch.onnx.name_scopes"]
        del node.metadata_props[:]
        if kept and node.op_type in ("MatMul", "Gemm"):
            node.metadata_props.add(key="pkg.torch.onnx.name_scopes", value=kept[0])
    onnx.save(model, str(path))


def reference(case, name, out, timestep, weight, length=7, count=3):
    g = torch.Generator().manual_seed(5)
    r = lambda *n: torch.randn(*n, generator=g)
    pictures, noise, text, pooled = r(B, *case["shape"]), r(1, *case["shape"]), r(B, length, case["width"]), r(B, case["pooled"])
    tokens = r(case["layers"], count, case["token_width"]) * 0.5
    bias = torch.zeros(B, length)
    bias[1::2, length - 2:] = -1e4
    tensors = {"pictures": pictures, "noise": noise, "text": text, "tokens": tokens, "bias": bias, "pooled": pooled}
    if case["flow"]:
        signal, deviation = 1 - timestep / 1000, timestep / 1000
        target = noise - pictures
    else:
        betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float32) ** 2
        alpha = (1 - betas).cumprod(0)[timestep].double()
        signal, deviation = alpha.sqrt(), (1 - alpha).sqrt()
        target = noise.expand_as(pictures)
    # The icon network rounds its times to float32 by itself.
    exact = torch.float32 if name == "icon" else torch.float64
    torch.Tensor.exact = lambda self: self.to(exact)
    model = case["model"].to(exact).eval().requires_grad_(False)
    leaf = tokens.exact().requires_grad_()
    case["inject"].length = length
    case["inject"](leaf)
    noisy = signal * pictures.exact() + deviation * noise.exact()
    rows = []
    for i in range(B):
        more = [pooled.exact()] if case["pooled"] else []
        if name == "sdxl":
            more.append(torch.tensor([[64.0, 64, 0, 0, 64, 64]] * B).exact())
        if case.get("bias"):
            more.append(bias.exact())
        answer = case["call"](model, noisy[i:i + 1].expand(B, -1, -1, -1), torch.full((B,), float(timestep)).exact(), text.exact(), *more)
        rows.append((target[i].exact() - answer).square().mean((1, 2, 3)))
    errors = torch.stack(rows)
    tensors["errors"] = errors.detach()
    for kind, loss in losses(errors, weight).items():
        tensors[f"loss.{kind}"] = loss.detach()[None]
        tensors[f"grad.{kind}"] = torch.autograd.grad(loss, leaf, retain_graph=True)[0]
    save_file({k: v.float().contiguous() for k, v in tensors.items()}, str(out / f"{name}.safetensors"),
              {"case": json.dumps(dict(timestep=timestep, weight=weight, blocks=case["blocks"], temperature=TEMPERATURE, scale=SCALE, flow=case["flow"]))})
    print(f"{name}: errors {errors.min():.3f} to {errors.max():.3f}, " + ", ".join(f"{k} {v.item():.4f}" for k, v in losses(errors, weight).items()))


def adamw(out):
    """Ten steps of torch.optim.AdamW and SGD on two tensors of different shapes, gradients given."""
    numbers = {}
    for name, make in {"adamw": lambda p: torch.optim.AdamW(p, lr=1e-2, betas=(0.9, 0.999), weight_decay=0.1),
                       "sgd": lambda p: torch.optim.SGD(p, lr=1e-2, momentum=0.9, weight_decay=0.1)}.items():
        g = torch.Generator().manual_seed(1)
        values = [torch.randn(2, 3, generator=g).requires_grad_(), torch.randn(4, generator=g).requires_grad_()]
        start = [v.detach().flatten().tolist() for v in values]
        optimizer = make(values)
        gradients = []
        for step in range(10):
            optimizer.param_groups[0]["lr"] = 1e-2 / (step + 1)
            for v in values:
                v.grad = torch.randn(v.shape, generator=g) * 10.0 ** (step % 4 - 2)
            gradients.append([v.grad.flatten().tolist() for v in values])
            optimizer.step()
        numbers[name] = dict(start=start, gradients=gradients, end=[v.detach().flatten().tolist() for v in values])
    (out / "optimizers.json").write_text(json.dumps(numbers) + "\n")


CASES = {"sd15": (lambda: unet(False), False, 300, 10.0), "sdxl": (lambda: unet(True), True, 300, 10.0), "sd3": (sd3, True, 500, 0.0), "icon": (icon, False, 500, 0.0)}

if __name__ == "__main__":
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    adamw(out)
    for name, (make, dynamo, timestep, weight) in CASES.items():
        torch.manual_seed(3)
        case = make()
        with torch.no_grad():
            for p in case["model"].parameters():
                p.add_(torch.randn_like(p) * 0.05)
        export(case, name, dynamo, out)
        reference(case, name, out, timestep, weight)

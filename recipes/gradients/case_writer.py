"""One case per gradient rule and shape variant, with PyTorch float64 autograd as the reference.

Every reference is first compared with onnxruntime's own forward pass, so that it means the same operator. A case
keeps, per differentiable input, the gradient of <cotangents, outputs> and PyTorch float32's own relative error.
"""
import json

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import save_file

torch.set_num_threads(1)
TYPES = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE, "float16": TensorProto.FLOAT16, "int64": TensorProto.INT64, "int32": TensorProto.INT32, "bool": TensorProto.BOOL}


class Constant:
    """A float input that is an initializer and gets no gradient."""

    def __init__(self, value):
        self.value = np.asarray(value, np.float32)


class Fed:
    """An integer input that is only known at run time."""

    def __init__(self, *value):
        self.value = np.asarray(value, np.int64)


class Cases:
    def __init__(self):
        self.lines, self.tensors, self.names, self.failures = [], {}, set(), []

    def add(self, op, reference, inputs, *, note="", outputs=1, opset=20, domain="", **attributes):
        """One node. Torch tensors among `inputs` are differentiated, numpy arrays are constants, None is left out."""
        names = [None if x is None else f"x{i}" for i, x in enumerate(inputs)]
        node = dict(op=op, inputs=[n or "" for n in names], outputs=[f"y{i}" for i in range(outputs)], attributes=attributes, domain=domain)
        self.graph(" ".join([op, note or self.describe(inputs, attributes)]), [node], reference, inputs, opset=opset, results=[f"y{i}" for i in range(outputs)])

    @staticmethod
    def describe(inputs, attributes):
        shapes = " ".join("-" if x is None else str(list(x.shape if hasattr(x, "shape") else x.value.shape)).replace(" ", "") for x in inputs)
        return " ".join([shapes, *(f"{k}={v}".replace(" ", "") for k, v in attributes.items())])

    def graph(self, name, nodes, reference, inputs, *, opset=20, results=("y0",)):
        """Several nodes over x0, x1, … The reference returns a tensor or one per name in `results` (None: no gradient)."""
        while name in self.names:
            name += "'"
        self.names.add(name)
        try:
            self.write(name, nodes, reference, inputs, opset, results)
        except Exception as error:
            self.failures.append(f"{name}: {type(error).__name__} {str(error)[:300]}")

    def write(self, name, nodes, reference, inputs, opset, results):
        torch.manual_seed(len(self.lines))
        index = len(self.lines)
        given = {f"x{i}": x for i, x in enumerate(inputs) if x is not None}
        feeds = {n: self.value(x) for n, x in given.items()}
        exact = self.outputs(reference, inputs, torch.float64)
        single = self.outputs(reference, inputs, torch.float32)
        produced = self.run(name, nodes, feeds, opset, [r for r, y in zip(results, exact["y"]) if y is not None])
        kept = [(r, y, s) for r, y, s in zip(results, exact["y"], single["y"]) if y is not None]
        for (r, y, _), got in zip(kept, produced):
            difference = np.abs(got - y.detach().numpy()).max(initial=0) / max(1e-3, float(y.detach().abs().max()))
            assert got.shape == tuple(y.shape) and difference < 2e-4, f"{name}: {r} differs from onnxruntime by {difference:.1e}, {got.shape} {tuple(y.shape)}"
        cotangents = [torch.randn(y.shape, dtype=torch.float64).float() for _, y, _ in kept]
        grads = [torch.autograd.grad(sum((y * c.to(y.dtype)).sum() for y, c in zip(ys, cotangents)), xs, allow_unused=True, materialize_grads=True)
                 for ys, xs in (([y for _, y, _ in kept], exact["x"]), ([s for _, _, s in kept], single["x"]))]
        wanted = [n for n, x in given.items() if isinstance(x, torch.Tensor)]
        largest = max(g.norm().item() for g in grads[0])
        errors = {n: (a - b.double()).norm().item() / max(a.norm().item(), 1e-6 * largest, 1e-30) for n, a, b in zip(wanted, *grads)}
        for n, g in zip(wanted, grads[0]):
            self.tensors[f"{index}.grad.{n}"] = g.detach().float().contiguous().clone()
        for (r, _, _), c in zip(kept, cotangents):
            self.tensors[f"{index}.cotangent.{r}"] = c
        for n, v in feeds.items():
            self.tensors[f"{index}.in.{n}"] = torch.from_numpy(np.array(v)).clone()
        described = [dict(name=n, dtype=str(feeds[n].dtype), shape=list(feeds[n].shape), role="wrt" if isinstance(x, torch.Tensor) else "fed" if isinstance(x, Fed) else "constant") for n, x in given.items()]
        self.lines.append(json.dumps(dict(name=name, opset=opset, nodes=[self.node(n) for n in nodes], inputs=described, outputs=[r for r, _, _ in kept],
                                          ownErrors={n: float(f"{e:.1e}") for n, e in errors.items()})))

    @staticmethod
    def value(x):
        return x.detach().float().numpy() if isinstance(x, torch.Tensor) else x.value if isinstance(x, (Constant, Fed)) else x

    @staticmethod
    def outputs(reference, inputs, dtype):
        """Outputs and differentiable inputs at this precision."""
        xs = [x.detach().float().to(dtype).requires_grad_(True) if isinstance(x, torch.Tensor) else x for x in inputs]
        plain = [torch.from_numpy(np.array(x.value)).to(dtype) if isinstance(x, Constant) else torch.from_numpy(np.array(x.value if isinstance(x, Fed) else x)) if x is not None and not isinstance(x, torch.Tensor) else x for x in xs]
        y = reference(*plain)
        return dict(x=[x for x in xs if isinstance(x, torch.Tensor)], y=list(y) if isinstance(y, (tuple, list)) else [y])

    @staticmethod
    def node(node):
        """Attributes as GraphBuilder takes them: plain integers, strings and lists of integers; floats say so."""
        def attribute(v):
            if isinstance(v, list) and any(isinstance(e, float) for e in v):
                return {"type": "floats", "value": v}
            return {"type": "float", "value": v} if isinstance(v, float) else v
        return dict(op=node["op"], domain=node.get("domain", ""), inputs=node["inputs"], outputs=node["outputs"], attributes={k: attribute(v) for k, v in node.get("attributes", {}).items()})

    def run(self, name, nodes, feeds, opset, results):
        made = [helper.make_node(n["op"], n["inputs"], n["outputs"], domain=n.get("domain", ""), **n.get("attributes", {})) for n in nodes]
        graph = helper.make_graph(made, "case", [helper.make_tensor_value_info(n, TYPES[str(v.dtype)], v.shape) for n, v in feeds.items()],
                                  [helper.make_value_info(r, helper.make_tensor_type_proto(TensorProto.FLOAT, None)) for r in results])
        for i in reversed(range(len(graph.input))):  # integers are initializers here: some kernels insist
            if feeds[graph.input[i].name].dtype != np.float32:
                graph.initializer.append(numpy_helper.from_array(feeds[graph.input[i].name], graph.input[i].name))
                del graph.input[i]
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset), helper.make_opsetid("com.microsoft", 1)], ir_version=10)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        return session.run(results, {i.name: feeds[i.name] for i in session.get_inputs()})

    def save(self, folder):
        """rules.jsonl, a graph per line, and rules.safetensors, its numbers."""
        if self.failures:
            raise SystemExit("\n".join(self.failures))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "rules.jsonl").write_text("\n".join(self.lines) + "\n")
        save_file(self.tensors, str(folder / "rules.safetensors"))
        print(f"{len(self.lines)} cases, {len({n['op'] for line in self.lines for n in json.loads(line)['nodes']})} operators")

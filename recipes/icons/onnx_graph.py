"""A small builder for clean ONNX graphs: standard operators, weights under their PyTorch names and in their PyTorch
layout ([out, in]), matrices in fp16 behind a Cast, batch left open by Reshape's 0 ("copy this dimension")."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 18


class Graph:
    def __init__(self, name):
        self.name = name
        self.nodes, self.initializers, self.inputs, self.outputs = [], [], [], []
        self.known = {}
        self.counter = {}

    def input(self, name, shape, kind=TensorProto.FLOAT):
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def output(self, value, name, shape):
        self.nodes.append(helper.make_node("Identity", [value], [name], name=name))
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def op(self, kind, *inputs, at="", **attributes):
        base = f"{at}/{kind}" if at else kind
        n = self.counter[base] = self.counter.get(base, -1) + 1
        name = f"{base}_{n}" if n else base
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, value, kind=np.float32):
        array = np.asarray(value, kind)
        key = (array.tobytes(), array.shape, str(array.dtype))
        if key not in self.known:
            name = f"constant_{len(self.known)}"
            self.initializers.append(numpy_helper.from_array(array, name))
            self.known[key] = name
        return self.known[key]

    def weight(self, name, tensor):
        """The float32 value of a weight. Tensors of two or more dimensions are stored in fp16."""
        if name in self.known:
            return self.known[name]
        array = tensor.detach().float().contiguous().numpy()
        if array.ndim >= 2:
            self.initializers.append(numpy_helper.from_array(array.astype(np.float16), name))
            self.known[name] = self.op("Cast", name, at=name, to=TensorProto.FLOAT)
        else:
            self.initializers.append(numpy_helper.from_array(array, name))
            self.known[name] = name
        return self.known[name]

    # Layers, each under the path of its module.

    def linear(self, x, module, path):
        w = self.op("Transpose", self.weight(f"{path}.weight", module.weight), at=path, perm=[1, 0])
        y = self.op("MatMul", x, w, at=path)
        return y if module.bias is None else self.op("Add", y, self.weight(f"{path}.bias", module.bias), at=path)

    def conv(self, x, module, path):
        p, s = module.padding[0], module.stride[0]
        args = [x, self.weight(f"{path}.weight", module.weight), self.weight(f"{path}.bias", module.bias)]
        return self.op("Conv", *args, at=path, kernel_shape=list(module.kernel_size), pads=[p] * 4, strides=[s, s])

    def reshape(self, x, shape, at=""):
        return self.op("Reshape", x, self.constant(shape, np.int64), at=at)

    def transpose(self, x, perm, at=""):
        return self.op("Transpose", x, at=at, perm=perm)

    def slice(self, x, axis, start, stop, at=""):
        c = lambda v: self.constant([v], np.int64)
        return self.op("Slice", x, c(start), c(stop), c(axis), at=at)

    def mean_square(self, x, axis, at=""):
        return self.op("ReduceMean", self.op("Mul", x, x, at=at), self.constant([axis], np.int64), at=at, keepdims=1)

    def rms(self, x, at="", weight=None, axis=-1):
        size = self.op("Sqrt", self.op("Add", self.mean_square(x, axis, at), self.constant(1e-6), at=at), at=at)
        y = self.op("Div", x, size, at=at)
        return y if weight is None else self.op("Mul", y, weight, at=at)

    def rms_norm(self, x, module, path):
        return self.rms(x, path, self.weight(f"{path}.weight", module.weight))

    def channel_norm(self, x, module, path):
        w = self.reshape(self.weight(f"{path}.weight", module.weight), [-1, 1, 1], at=path)
        return self.rms(x, path, w, axis=1)

    def silu(self, x, at=""):
        return self.op("Mul", x, self.op("Sigmoid", x, at=at), at=at)

    def unit(self, x, at=""):
        square = self.op("ReduceSum", self.op("Mul", x, x, at=at), self.constant([-1], np.int64), at=at, keepdims=1)
        return self.op("Div", x, self.op("Sqrt", self.op("Add", square, self.constant(1e-8), at=at), at=at), at=at)

    def pixel_unshuffle(self, x, channels, size, r, at=""):
        n = size // r
        x = self.reshape(x, [0, channels, n, r, n, r], at=at)
        return self.reshape(self.transpose(x, [0, 1, 3, 5, 2, 4], at=at), [0, channels * r * r, n, n], at=at)

    def pixel_shuffle(self, x, channels, size, r, at=""):
        """channels and size of the result."""
        n = size // r
        x = self.reshape(x, [0, channels, r, r, n, n], at=at)
        return self.reshape(self.transpose(x, [0, 1, 4, 2, 5, 3], at=at), [0, channels, size, size], at=at)

    def attend(self, q, k, v, bias, width, at=""):
        """q, k, v [B, heads, tokens, size], bias [B, 1, 1, tokens]: result [B, tokens, width]."""
        logits = self.op("Add", self.op("MatMul", q, self.transpose(k, [0, 1, 3, 2], at=at), at=at), bias, at=at)
        y = self.op("MatMul", self.op("Softmax", logits, at=at, axis=-1), v, at=at)
        return self.reshape(self.transpose(y, [0, 2, 1, 3], at=at), [0, 0, width], at=at)

    def heads(self, x, heads, size, at=""):
        return self.transpose(self.reshape(x, [0, 0, heads, size], at=at), [0, 2, 1, 3], at=at)

    def feed_forward(self, x, module, path):
        h = self.op("Relu", self.linear(x, module.net[0].proj, f"{path}.net.0.proj"), at=path)
        return self.linear(self.op("Mul", h, h, at=path), module.net[2], f"{path}.net.2")

    def save(self, path, about):
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="easel recipes", ir_version=8)
        model.doc_string = about
        onnx.checker.check_model(model, full_check=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        onnx.save(model, str(path))

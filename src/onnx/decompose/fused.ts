/** What ONNX Runtime's optimizer fuses, apart again: microsoft/onnxruntime docs/ContribOperators.md. */
import { float, type AttributeInput } from '../builder.ts';
import type { Lowering, LoweringCall } from './lowering.ts';
import { mergeHeads, rotate, splitHeads } from './standard.ts';

const gelu = ({ b }: LoweringCall, x: string): string => b.mul(b.scale(x, 0.5), b.shift(b.op('Erf', [b.scale(x, Math.SQRT1_2)]), 1));

/** Tanh form: Hendrycks and Gimpel, arXiv 1606.08415. */
function fastGelu({ b }: LoweringCall, x: string): string {
  const inner = b.scale(b.add2(x, b.scale(b.mul(x, b.mul(x, x)), 0.044715)), Math.sqrt(2 / Math.PI));
  return b.mul(b.scale(x, 0.5), b.shift(b.op('Tanh', [inner]), 1));
}

const plusBias = (c: LoweringCall, x: string, i: number): string => (c.has(i) ? c.b.add2(x, c.in(i)) : x);

/** The activation of FusedConv and FusedGemm. */
function activated(c: LoweringCall, x: string, parameters: readonly number[]): string {
  const { b } = c;
  const [p, q] = parameters;
  const activation = c.string('activation', '');
  switch (activation) {
    case '': return x;
    case 'Relu': case 'Sigmoid': case 'Tanh': case 'Softplus': case 'Softsign': return b.op(activation, [x]);
    case 'LeakyRelu': case 'Elu': return b.op(activation, [x], { alpha: float(p ?? (activation === 'Elu' ? 1 : 0.01)) });
    case 'Clip': return b.op('Clip', [x, b.scalar(p ?? 0, { like: x }), b.scalar(q ?? 0, { like: x })]);
    case 'HardSigmoid': return b.op('HardSigmoid', [x], { alpha: float(p ?? 0.2), beta: float(q ?? 0.5) });
    default: throw c.error(`no gradient with activation ${activation}`);
  }
}

function attributesBut(c: LoweringCall, ...left: string[]): Record<string, AttributeInput> {
  return Object.fromEntries([...c.node.attributes].filter(([name]) => !left.includes(name)));
}

const fusedConv: Lowering = (c) => {
  const { b } = c;
  const bias = c.optional(2);
  const y = b.op('Conv', [c.in(0), c.in(1), ...(bias ? [bias] : [])], attributesBut(c, 'activation', 'activation_params'));
  const parameters = c.node.attributes.get('activation_params');
  return [activated(c, plusBias(c, y, 3), parameters?.type === 'floats' ? parameters.value : [])];
};

const fusedGemm: Lowering = (c) => {
  const y = c.b.op('Gemm', c.x, attributesBut(c, 'activation', 'activation_alpha', 'activation_beta', 'activation_gamma'));
  return [activated(c, y, ['activation_alpha', 'activation_beta'].filter((name) => c.node.attributes.has(name)).map((name) => c.float(name, 0)))];
};

/** transBatch moves the first axis to the place before the last (or, transposed too, the last). */
const fusedMatMul: Lowering = (c) => {
  const { b } = c;
  const side = (i: number, name: string): string => {
    const x = c.in(i);
    if (c.int(`transBatch${name}`, 0) === 1) throw c.error(`no gradient with transBatch${name}`);
    return c.int(`trans${name}`, 0) === 1 && b.rankOf(x) > 1 ? b.transposeMatrix(x) : x;
  };
  return [b.scale(b.matMul(side(0, 'A'), side(1, 'B')), c.float('alpha', 1))];
};

/** The sum is normalised, and also an output. */
function skipNormalization(simplified: boolean): Lowering {
  return (c) => {
    const { b } = c;
    const sum = plusBias(c, b.add2(c.in(0), c.in(1)), simplified ? 3 : 4);
    const epsilon = float(c.float('epsilon', 1e-12));
    if (simplified) return [rms(c, sum, c.in(2), c.float('epsilon', 1e-12)), undefined, undefined, sum];
    const inputs = [sum, c.in(2), ...(c.has(3) ? [c.in(3)] : [])];
    return [b.op('LayerNormalization', inputs, { axis: -1, epsilon }), undefined, undefined, sum];
  };
}

/** x / √(mean x² + ε) · γ, over the last axis. */
function rms({ b }: LoweringCall, x: string, gamma: string, epsilon: number): string {
  const mean = b.shift(b.op('ReduceMean', [b.mul(x, x), b.int64([-1])]), epsilon);
  return b.mul(b.div(x, b.op('Sqrt', [mean])), gamma);
}

const embedLayerNormalization: Lowering = (c) => {
  const { b } = c;
  const rows = (table: number, ids: string): string => b.op('Gather', [c.in(table), ids]);
  const positions = c.has(8) ? c.in(8) : b.positions(c.in(0), 1);
  const words = b.add2(rows(2, c.in(0)), rows(3, positions));
  const sum = c.has(1) && c.has(4) ? b.add2(words, rows(4, c.in(1))) : words;
  return [b.op('LayerNormalization', [sum, c.in(5), c.in(6)], { axis: -1, epsilon: float(c.float('epsilon', 1e-12)) }), undefined, sum];
};

/** Positions [N, S], or one offset [1]. */
const rotaryEmbedding: Lowering = (c) => {
  const { b } = c;
  if (c.int('is_packed_batching', 0) === 1) throw c.error('no gradient with is_packed_batching');
  const wide = c.rank === 3;
  const [heads, rotated] = [c.int('num_heads', 0), c.int('rotary_embedding_dim', 0)];
  // Without num_heads a head is twice as wide as the caches.
  const byWidth = (): string => b.concat([b.int64([0, 0, -1]), b.scale(b.dimension(c.in(2), 1), 2)], 0);
  const apart = (): string => (heads > 0 ? splitHeads(b, c.in(0), heads) : b.transpose(b.op('Reshape', [c.in(0), byWidth()]), [0, 2, 1, 3]));
  const x = wide ? apart() : c.in(0);
  const at = b.rankOf(c.in(1)) === 1 ? b.unsqueeze(b.add2(b.positions(x, 2), b.cast(c.in(1), 'int64')), [0]) : c.in(1);
  const turned = rotate(b, x, [b.op('Gather', [c.in(2), at]), b.op('Gather', [c.in(3), at])], { rotated, interleaved: c.int('interleaved', 0) === 1 });
  return [wide ? mergeHeads(b, turned) : b.known(turned, c.shape(0))];
};

const biasSplitGelu: Lowering = (c) => {
  const [value, gate] = c.b.ops('Split', [plusBias(c, c.in(0), 1)], 2, { axis: -1, num_outputs: 2 }) as [string, string];
  return [c.b.mul(value, gelu(c, gate))];
};

const quickGelu: Lowering = (c) => [c.b.mul(c.in(0), c.b.op('Sigmoid', [c.b.scale(c.in(0), c.float('alpha', 1.702))]))];

const microsoft: Record<string, Lowering> = {
  Gelu: (c) => [gelu(c, c.in(0))],
  BiasGelu: (c) => [gelu(c, plusBias(c, c.in(0), 1))],
  FastGelu: (c) => [fastGelu(c, plusBias(c, c.in(0), 1))],
  QuickGelu: quickGelu,
  BiasSplitGelu: biasSplitGelu,
  BiasAdd: (c) => [plusBias(c, plusBias(c, c.in(0), 1), 2)],
  FusedConv: fusedConv, FusedGemm: fusedGemm, FusedMatMul: fusedMatMul, TransposeMatMul: fusedMatMul,
  SkipLayerNormalization: skipNormalization(false), SkipSimplifiedLayerNormalization: skipNormalization(true),
  EmbedLayerNormalization: embedLayerNormalization, RotaryEmbedding: rotaryEmbedding,
  Trilu: (c) => [c.b.op('Trilu', c.x, attributesBut(c))],
};

export const fusedLowerings: Record<string, Lowering> = Object.fromEntries(Object.entries(microsoft).map(([op, lowering]) => [`com.microsoft.${op}`, lowering]));

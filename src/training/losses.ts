/**
 * What a step makes smaller, composed in ONNX over the matrix of denoising errors `E[i, j]` of picture i under caption j of
 * its own row, in which the right one comes first. Rows do not touch each other: the loss is a mean over pictures, so a
 * batch may be computed a few rows at a time. A loss is a graph of its own, `errors` and `grad_loss` in, `loss` and `grad_errors` out, so that it can stand inside
 * the graph of a whole step or between the passes of one that does not fit memory at once.
 */
import { crossEntropy, differentiate, GraphBuilder, int64Tensor, weightedSum, type Model } from '../onnx';

export interface LossOptions {
  readonly loss: 'contrastive' | 'soft-rank' | 'denoising';
  /** Captions that each picture is seen under. */
  readonly batchSize: number;
  /** Pictures at once. */
  readonly pictures: number;
  readonly temperature: number;
  readonly scale: number;
  readonly denoisingWeight: number;
}

/** Slope of soft rank's sigmoid, in standard deviations of a picture's errors. */
const RANK_SCALE = 0.1;

/** `[rows, columns]` of the error matrix: every caption for every picture, or only its own. */
export function errorShape({ loss, batchSize, pictures }: Pick<LossOptions, 'loss' | 'batchSize' | 'pictures'>): [number, number] {
  return [pictures, loss === 'denoising' ? 1 : batchSize];
}

/** Inputs `errors`, `errors_held` (the same numbers, where no gradient goes through) and `grad_loss`; outputs `loss`, `grad_errors`. */
export function lossModel(options: LossOptions): Model {
  const shape = errorShape(options);
  const empty: Model = {
    irVersion: 8, opsets: new Map([['', 18]]), producerName: 'easel', producerVersion: '', domain: '', modelVersion: 0n, doc: '', metadata: new Map(), functions: [],
    graph: { name: 'loss', doc: '', nodes: [], inputs: [], outputs: [], values: new Map(), initializers: new Map() },
  };
  const b = new GraphBuilder(empty, 'loss');
  const errors = b.input('errors', 'float32', shape);
  const held = b.input('errors_held', 'float32', shape);
  b.op('Identity', [lossOf(b, errors, held, options)], {}, { as: 'loss' });
  return differentiate(b.finish(['loss']), { outputs: ['loss'], wrt: ['errors'] });
}

function lossOf(b: GraphBuilder, errors: string, held: string, options: LossOptions): string {
  const matched = b.squeeze(b.mean(own(b, errors), [0, 1]), [0, 1]);
  if (options.loss === 'denoising') return matched;
  const ranked = options.loss === 'contrastive' ? contrastive(b, errors, options) : softRank(b, errors, held, options.batchSize);
  return options.denoisingWeight === 0 ? ranked : weightedSum(b, [[ranked, 1], [matched, options.denoisingWeight]]);
}

/**
 * InfoNCE over captions, `−mean_i log softmax_j(l_ij)[own]` with the bounded logit `l = scale · exp(−E / temperature)`
 * (SoftREPA, arXiv 2503.08250, train.py). Between ln(1 + (B − 1)e^−scale) and ln(1 + (B − 1)e^scale); ln B at equal errors.
 */
function contrastive(b: GraphBuilder, errors: string, { temperature, scale, pictures }: LossOptions): string {
  const logits = b.scale(b.op('Exp', [b.scale(errors, -1 / temperature)]), scale);
  return crossEntropy(b, logits, b.constant(int64Tensor(Array<number>(pictures).fill(0))));
}

/** `mean_i Σ_{j≠own} sigmoid((E_i,own − E_ij) / (0.1 · std_j E_ij))`, the deviation held: from 0 to B − 1, how many captions beat the right one. */
function softRank(b: GraphBuilder, errors: string, held: string, batchSize: number): string {
  const centred = b.sub(held, b.mean(held, [1]));
  const variance = b.scale(b.sum(b.mul(centred, centred), [1]), 1 / (batchSize - 1)); // torch.std's
  const deviation = b.shift(b.op('Sqrt', [variance]), 1e-12);
  const beaten = b.op('Sigmoid', [b.div(b.sub(own(b, errors), errors), b.scale(deviation, RANK_SCALE))]);
  // The matched pair counts sigmoid(0) = ½ in each row, whatever its error.
  const sums = b.shift(b.sum(beaten, [1]), -0.5);
  return b.squeeze(b.mean(sums, [0, 1]), [0, 1]);
}

/** `[pictures, 1]`. */
function own(b: GraphBuilder, errors: string): string {
  return b.slice(errors, 1, 0, 1);
}

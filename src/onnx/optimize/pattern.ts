/** Walking up a graph from a value, as pattern matching does. */
import type { Model, Node } from '../model.ts';
import { producersOf } from '../order.ts';
import { inferTypes, type TypeTable } from '../shapes/infer.ts';
import { elementCount, tensorNumbers } from '../tensor.ts';

export class Pattern {
  readonly types: TypeTable;
  private readonly producers: ReadonlyMap<string, Node>;
  private readonly uses = new Map<string, number>();

  constructor(private readonly model: Model) {
    this.types = inferTypes(model);
    this.producers = producersOf(model.graph.nodes);
    for (const name of [...model.graph.nodes.flatMap(({ inputs }) => inputs), ...model.graph.outputs.map(({ name }) => name)]) this.uses.set(name, (this.uses.get(name) ?? 0) + 1);
  }

  /** The standard operator of that name that makes `value`; casts to the type a value has already do not count. */
  made(value: string | undefined, opType: string): Node | undefined {
    const node = this.producers.get(this.through(value));
    return node?.opType === opType && (node.domain === '' || node.domain === 'ai.onnx') ? node : undefined;
  }

  /** How many nodes and outputs read a value. */
  readers(value: string): number {
    return this.uses.get(value) ?? 0;
  }

  /** A number that is known before anything runs: a constant of one element, or Sqrt, Div, Mul and Cast of such. */
  scalar(value: string | undefined): number | undefined {
    if (value === undefined || value === '') return undefined;
    const tensor = this.model.graph.initializers.get(value);
    if (tensor) return elementCount(tensor.dims) === 1 && !this.model.graph.inputs.some(({ name }) => name === value) ? tensorNumbers(tensor)[0] : undefined;
    const known = this.types.get(value)?.value;
    if (known?.length === 1 && typeof known[0] === 'number') return known[0];
    const node = this.producers.get(value);
    const [a, b] = [this.scalar(node?.inputs[0]), this.scalar(node?.inputs[1])];
    if (a === undefined) return undefined;
    switch (node?.opType) {
      case 'Cast': case 'Identity': case 'Squeeze': case 'Unsqueeze': return a;
      case 'Sqrt': return Math.fround(Math.sqrt(a));
      case 'Div': return b === undefined ? undefined : Math.fround(a / b);
      case 'Mul': return b === undefined ? undefined : Math.fround(a * b);
      default: return undefined;
    }
  }

  private through(value: string | undefined): string {
    let at = value ?? '';
    for (let node = this.producers.get(at); node; node = this.producers.get(at)) {
      const [input = ''] = node.inputs;
      const idle = node.opType === 'Identity' || (node.opType === 'Cast' && this.types.get(input)?.dtype !== undefined && this.types.get(input)?.dtype === this.types.get(at)?.dtype);
      if (!idle) break;
      at = input;
    }
    return at;
  }
}

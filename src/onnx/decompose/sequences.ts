/** Sequences of tensors as slices and joins of tensors: unoptimised dynamo graphs split that way. */
import type { GraphBuilder } from '../builder.ts';
import type { LoweringCall } from './lowering.ts';

/** What a sequence consists of: parts of a tensor along an axis, or values. */
type Sequence = { readonly kind: 'parts'; readonly x: string; readonly axis: number; readonly sizes: string | undefined; readonly keepdims: boolean } | { readonly kind: 'values'; readonly values: readonly string[] };

export class Sequences {
  private readonly known = new Map<string, Sequence>();

  constructor(private readonly b: GraphBuilder) {}

  /** Whether the node was about sequences and is taken care of: what makes one is remembered, what reads one is written. */
  take(c: LoweringCall): boolean {
    const { node, b } = c;
    if (node.domain !== '') return false;
    const output = node.outputs[0] ?? '';
    const sequence = this.known.get(node.inputs[0] ?? '');
    switch (node.opType) {
      case 'SplitToSequence': {
        const axis = c.axis('axis', 0);
        this.known.set(output, { kind: 'parts', x: c.in(0), axis, sizes: c.optional(1), keepdims: c.has(1) || c.int('keepdims', 1) === 1 });
        return true;
      }
      case 'SequenceConstruct': this.known.set(output, { kind: 'values', values: node.inputs }); return true;
      case 'SequenceEmpty': this.known.set(output, { kind: 'values', values: [] }); return true;
      case 'SequenceInsert': {
        const values = [...this.valuesOf(sequence, c)];
        const at = c.has(2) ? this.index(c, 2) : values.length;
        values.splice(at < 0 ? at + values.length : at, 0, c.in(1));
        this.known.set(output, { kind: 'values', values });
        return true;
      }
      case 'Identity':
        if (sequence) this.known.set(output, sequence);
        return sequence !== undefined;
      case 'SequenceAt': b.op('Identity', [this.at(sequence, c)], {}, { as: output }); return true;
      case 'SequenceLength': b.op('Identity', [b.int64([this.valuesOf(sequence, c).length], [])], {}, { as: output }); return true;
      case 'ConcatFromSequence': {
        const values = this.valuesOf(sequence, c);
        const stacked = c.int('new_axis', 0) === 1;
        const rank = b.rankOf(values[0] ?? '') + (stacked ? 1 : 0);
        const axis = c.axis('axis', 0, rank);
        b.op('Concat', stacked ? values.map((v) => b.unsqueeze(v, [axis])) : values, { axis }, { as: output });
        return true;
      }
      default: return false;
    }
  }

  private index(c: LoweringCall, input: number): number {
    const [index] = c.numbers(input) ?? [];
    if (index === undefined) throw c.error('no gradient for a place in a sequence that is only known at run time');
    return index;
  }

  private at(sequence: Sequence | undefined, c: LoweringCall): string {
    if (!sequence) throw c.error('no gradient through a sequence that was not made by splitting or listing');
    if (sequence.kind === 'values') {
      const value = sequence.values.at(this.index(c, 1));
      if (value === undefined) throw c.error(`the sequence has ${sequence.values.length} elements`);
      return value;
    }
    return this.part(sequence, c.in(1), c);
  }

  /** One part; sizes and index may be known at run time only. */
  private part({ x, axis, sizes, keepdims }: Sequence & { kind: 'parts' }, index: string, c: LoweringCall): string {
    const { b } = this;
    const at = b.cast(b.reshape(index, [1]), 'int64');
    const each = sizes === undefined ? b.int64([1]) : b.cast(sizes, 'int64');
    let start: string;
    let size: string;
    if (b.shapeOf(each).length === 1 && sizes !== undefined) {
      start = b.op('Gather', [b.op('CumSum', [each, b.int64([0], [])], { exclusive: 1 }), at]);
      size = b.op('Gather', [each, at]);
    } else {
      size = b.reshape(each, [1]);
      const [known] = c.numbers(1) ?? [];
      const count = b.op('Div', [b.sub(b.add2(b.dimension(x, axis), size), b.int64([1])), size]);
      const place = known === undefined ? b.where(b.op('Less', [at, b.int64([0])]), b.add2(at, count), at) : known < 0 ? b.add2(at, count) : at;
      start = b.mul(place, size);
    }
    const part = b.op('Slice', [x, start, b.add2(start, size), b.int64([axis])]);
    return keepdims ? part : b.squeeze(part, [axis]);
  }

  /** All elements one by one, if their number is known. */
  private valuesOf(sequence: Sequence | undefined, c: LoweringCall): readonly string[] {
    if (!sequence) throw c.error('no gradient through a sequence that was not made by splitting or listing');
    if (sequence.kind === 'values') return sequence.values;
    const { b } = this;
    const { x, axis, sizes } = sequence;
    const total = b.shapeOf(x)[axis];
    const listed = sizes === undefined ? total : b.shapeOf(sizes).length === 1 ? b.shapeOf(sizes)[0] : undefined;
    const [each] = sizes === undefined || listed !== undefined ? [] : (b.types.get(sizes)?.value ?? []);
    const count = listed ?? (typeof total === 'number' && typeof each === 'number' ? Math.ceil(total / each) : undefined);
    if (typeof count !== 'number') throw c.error('no gradient through a sequence whose length is only known at run time');
    return [...Array(count).keys()].map((i) => this.part(sequence, b.int64([i], []), c));
  }
}

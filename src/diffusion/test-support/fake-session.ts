/** A session without a graph: a test says what it takes and what it answers, and sees what it was fed. */
import type { DType, Session, Tensor, ValueInfo } from '../../runtime';

/** Type and shape of each input or output. */
export type Declared = Readonly<Record<string, readonly [dtype: DType, shape: readonly (number | string)[]]>>;
export type Feeds = Readonly<Record<string, Tensor>>;

export interface FakeSession extends Session {
  /** What it was fed at each call, as it was then. */
  readonly calls: Feeds[];
}

/** @param answer gives an output, or throws; it sees the tensors themselves, in a record that is written over at the next call */
export function fakeSession(inputs: Declared, answer: (feeds: Feeds, output: string) => Tensor, outputs: readonly string[] = ['out']): FakeSession {
  const infos = (declared: Declared) => new Map(Object.entries(declared).map(([name, [dtype, shape]]): [string, ValueInfo] => [name, { name, dtype, shape }]));
  const calls: Feeds[] = [];
  return {
    file: '/nowhere/model.onnx', runtime: 'none', calls, inputs: infos(inputs),
    outputs: infos(Object.fromEntries(outputs.map((name) => [name, ['float32', []]] as const))),
    run: async (feeds, wanted = outputs) => {
      calls.push(Object.fromEntries(Object.entries(feeds).map(([name, { dtype, dims, data }]) => [name, { dtype, dims, data: data.slice() }])));
      return Object.fromEntries(wanted.map((name) => [name, answer(feeds, name)]));
    },
    release: async () => undefined,
  };
}

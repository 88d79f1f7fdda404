/**
 * An ONNX model in memory. Plain data: passes take a model and return a new one, sharing what did not change;
 * tensors are shared by reference and their bytes may still lie in a file (tensor.ts).
 */
import type { DataType } from './dtype.ts';
import type { Dim } from './dim.ts';
import type { Tensor } from './tensor.ts';

export interface Model {
  readonly irVersion: number;
  /** Operator set version by domain; '' is the standard one. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly domain: string;
  readonly modelVersion: bigint;
  readonly doc: string;
  readonly metadata: ReadonlyMap<string, string>;
  readonly functions: readonly FunctionBody[];
  readonly graph: Graph;
  /** Where it was read from, for error messages. */
  readonly file?: string;
}

export interface Graph {
  readonly name: string;
  readonly doc: string;
  readonly nodes: readonly Node[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Declared types of intermediate values. */
  readonly values: ReadonlyMap<string, ValueInfo>;
  readonly initializers: ReadonlyMap<string, Tensor>;
}

export interface Node {
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  /** '' stands for an optional input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly doc?: string;
  readonly metadata?: ReadonlyMap<string, string>;
}

export interface ValueInfo {
  readonly name: string;
  /** Undefined for sequences, optionals and undeclared types. */
  readonly dtype?: DataType;
  /** Undefined when the rank is unknown; an undeclared dimension is ''. */
  readonly shape?: readonly Dim[];
  /** The element type of a sequence of tensors. */
  readonly sequenceOf?: DataType;
}

export type Attribute =
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'int'; readonly value: bigint }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'tensor'; readonly value: Tensor }
  | { readonly type: 'graph'; readonly value: Graph }
  | { readonly type: 'floats'; readonly value: readonly number[] }
  | { readonly type: 'ints'; readonly value: readonly bigint[] }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  /** In a function body: the value of the call's attribute of that name. */
  | { readonly type: 'reference'; readonly value: string; readonly code: number };

/** A model-local function: exporters based on torch.export emit them. */
export interface FunctionBody {
  readonly name: string;
  readonly domain: string;
  readonly overload: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Attributes without a default. */
  readonly attributes: readonly string[];
  readonly defaults: ReadonlyMap<string, Attribute>;
  readonly nodes: readonly Node[];
  readonly opsets: ReadonlyMap<string, number>;
}

/** An int attribute as a number; `fallback` when absent. Values beyond 2^53 are clamped, which slicing allows. */
export function intAttribute(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'int' ? Number(attribute.value) : fallback;
}

export function intsAttribute(node: Node, name: string): number[] | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'ints' ? attribute.value.map(Number) : undefined;
}

export function floatAttribute(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'float' ? attribute.value : fallback;
}

export function stringAttribute(node: Node, name: string, fallback: string): string {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'string' ? attribute.value : fallback;
}

/** What to call a node in a message: its name, or what it makes. */
export function nodeLabel(node: Node): string {
  return node.name || node.outputs.find((name) => name !== '') || '(unnamed)';
}

/** The operator with its domain, standard ones without. */
export function operatorLabel(node: Node): string {
  return node.domain === '' || node.domain === 'ai.onnx' ? node.opType : `${node.domain}.${node.opType}`;
}

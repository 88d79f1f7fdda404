/**
 * Types, shapes and known integer values of every value in a graph, with symbolic dimensions.
 * Rules are in elementwise.ts, layout.ts, compute.ts and fused.ts, one per operator; where they know nothing,
 * what the exporter declared is taken.
 */
import { atom, type Dim } from '../dim.ts';
import { OnnxError } from '../error.ts';
import { nodeLabel, operatorLabel, type Model, type Node, type ValueInfo } from '../model.ts';
import { sortNodes } from '../order.ts';
import { elementCount, int64Tensor, numberTensor, tensorNumbers, type Tensor } from '../tensor.ts';
import { checkNode } from './checks.ts';
import { computeRules } from './compute.ts';
import { elementwiseRules } from './elementwise.ts';
import { fusedRules } from './fused.ts';
import { layoutRules } from './layout.ts';
import { Call, type InferenceRule, type ValueType } from './types.ts';

const MAX_VALUE = 64;

const rules = new Map<string, InferenceRule>(Object.entries({
  ...elementwiseRules, ...layoutRules, ...computeRules, ...fusedRules,
  Constant: (c) => [constantType(c)],
}));

/** Types by value name; grows as nodes are added. */
export class TypeTable {
  private readonly types = new Map<string, ValueType>();
  private unknowns = 0;

  constructor(private readonly opset: number) {}

  get(name: string): ValueType | undefined { return this.types.get(name); }
  set(name: string, type: ValueType): void { this.types.set(name, type); }
  fresh = (): Dim => atom(`unknown_${this.unknowns++}`);

  addInput(info: ValueInfo): void {
    if (info.dtype) this.types.set(info.name, declaredType(info, this.fresh) as ValueType);
  }

  addTensor(name: string, tensor: Tensor): void {
    this.types.set(name, typeOfTensor(tensor));
  }

  /** Infers a node's outputs from its inputs, which must be here already. */
  addNode(node: Node, declared: ReadonlyMap<string, ValueInfo> = new Map()): void {
    const inputs = node.inputs.map((name) => (name === '' ? undefined : this.types.get(name)));
    const rule = rules.get(operatorLabel(node));
    let results: readonly (ValueType | undefined)[] = [];
    try {
      // A sequence or an unknown operator upstream leaves a type unknown: nothing to infer from then.
      const call = new Call(node, inputs, this.opset, this.fresh);
      checkNode(call);
      if (rule && (inputs[0] !== undefined || node.inputs.length === 0)) results = rule(call);
    } catch (error) {
      throw error instanceof OnnxError ? error.within({ node: nodeLabel(node), operator: operatorLabel(node) }) : error;
    }
    node.outputs.forEach((name, i) => {
      if (name === '') return;
      const info = declared.get(name);
      const inferred = results[i];
      const stated = info && declaredType(info, this.fresh);
      const type = inferred?.shape ? inferred : inferred && stated?.shape ? { ...inferred, shape: stated.shape } : (inferred ?? stated);
      if (type) this.types.set(name, type);
    });
  }
}

/** Types of all values of a model's graph. Throws `OnnxError` naming the node whose inputs do not fit. */
export function inferTypes(model: Model): TypeTable {
  const table = new TypeTable(model.opsets.get('') ?? 0);
  for (const [name, tensor] of model.graph.initializers) table.addTensor(name, tensor);
  for (const input of model.graph.inputs) {
    const fixed = table.get(input.name);
    table.addInput(input);
    // An initializer that is also an input is only a default: its shape holds, its elements may differ.
    if (fixed) table.set(input.name, { dtype: fixed.dtype, shape: fixed.shape });
  }
  const declared = new Map([...model.graph.values, ...model.graph.outputs.map((o) => [o.name, o] as const)]);
  for (const node of sortNodes(model.graph)) table.addNode(node, declared);
  return table;
}

/** The model with the types of all intermediate values and outputs declared. Unknown dimensions stay undeclared. */
export function inferShapes(model: Model): Model {
  const table = inferTypes(model);
  const given = new Set([...model.graph.inputs.map((i) => i.name), ...model.graph.outputs.map((o) => o.name)]);
  const values = new Map(model.graph.values);
  for (const name of model.graph.nodes.flatMap((n) => n.outputs)) {
    const type = table.get(name);
    if (name !== '' && type && !given.has(name)) values.set(name, typeInfo(name, type));
  }
  const outputs = model.graph.outputs.map((o) => { const t = table.get(o.name); return t?.shape ? typeInfo(o.name, t) : o; });
  return { ...model, graph: { ...model.graph, values, outputs } };
}

/** A declaration from an inferred type. */
export function typeInfo(name: string, type: ValueType): ValueInfo {
  const own = (dim: Dim): boolean => typeof dim === 'string' && /unknown_|floor\(|broadcast\(/.test(dim);
  return { name, dtype: type.dtype, shape: type.shape?.map((d) => (own(d) ? '' : d)) };
}

export function typeOfTensor(tensor: Tensor): ValueType {
  const small = tensor.dims.length <= 1 && elementCount(tensor.dims) <= MAX_VALUE && tensor.dtype !== 'string';
  return { dtype: tensor.dtype, shape: tensor.dims, value: small ? Array.from(tensorNumbers(tensor)) : undefined };
}

function declaredType(info: ValueInfo, fresh: () => Dim): ValueType | undefined {
  return info.dtype && { dtype: info.dtype, shape: info.shape?.map((d) => (d === '' ? fresh() : d)) };
}

/** Constants come in six spellings. */
function constantType(c: Call): ValueType | undefined {
  const tensor = constantTensor(c.node);
  return tensor && typeOfTensor(tensor);
}

/** What a Constant node holds; undefined for strings and sparse tensors. */
export function constantTensor(node: Node): Tensor | undefined {
  for (const [name, attribute] of node.attributes) {
    if (name === 'value' && attribute.type === 'tensor') return attribute.value;
    if (name === 'value_int' && attribute.type === 'int') return int64Tensor([attribute.value], []);
    if (name === 'value_ints' && attribute.type === 'ints') return int64Tensor(attribute.value);
    if (name === 'value_float' && attribute.type === 'float') return numberTensor('float32', [attribute.value], []);
    if (name === 'value_floats' && attribute.type === 'floats') return numberTensor('float32', attribute.value, [attribute.value.length]);
  }
  return undefined;
}

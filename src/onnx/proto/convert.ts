/** Between the messages of schema.ts and the model of model.ts. */
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { codeOf, dataTypeOf, itemSize, type DataType } from '../dtype.ts';
import type { Dim } from '../dim.ts';
import { OnnxError } from '../error.ts';
import type { Attribute, FunctionBody, Graph, Model, Node, ValueInfo } from '../model.ts';
import { elementCount, numberTensor, rawTensor, type FileRange, type Tensor } from '../tensor.ts';
import type {
  AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, OperatorSetProto, StringEntry, TensorProto, TypeProto, ValueInfoProto,
} from './schema.ts';

/** AttributeProto.AttributeType codes. */
const ATTRIBUTE_CODES = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, floats: 6, ints: 7, strings: 8 } as const;
const EXTERNAL = 1;

const text = new TextDecoder();
const utf8 = new TextEncoder();

export interface FileContext { readonly file: string; readonly stamp?: string }

export function modelFromProto(proto: ModelProto, graph: Graph, context: FileContext): Model {
  return {
    irVersion: Number(proto.ir_version ?? 0n), opsets: opsetsOf(proto.opset_import),
    producerName: proto.producer_name ?? '', producerVersion: proto.producer_version ?? '', domain: proto.domain ?? '',
    modelVersion: proto.model_version ?? 0n, doc: proto.doc_string ?? '', metadata: entriesOf(proto.metadata_props),
    functions: proto.functions.map((f) => functionFromProto(f, context)), graph, file: context.file,
  };
}

export function graphFromProto(proto: GraphProto, initializers: ReadonlyMap<string, Tensor>, context: FileContext): Graph {
  if (proto.sparse_initializer.length > 0) throw new OnnxError('sparse initializers are not supported', { file: context.file });
  const own = new Map(initializers);
  for (const tensor of proto.initializer) own.set(tensor.name ?? '', tensorFromProto(tensor, context));
  return {
    name: proto.name ?? '', doc: proto.doc_string ?? '',
    nodes: proto.node.map((node) => nodeFromProto(node, context)),
    inputs: proto.input.map(valueFromProto), outputs: proto.output.map(valueFromProto),
    values: new Map(proto.value_info.map((v) => [v.name ?? '', valueFromProto(v)])),
    initializers: own,
  };
}

/** `raw` is given when the scanner left the bytes in the file. */
export function tensorFromProto(proto: TensorProto, context: FileContext, raw?: { offset: number; length: number }): Tensor {
  const place = { file: context.file, path: proto.name ?? '' };
  const dtype = dataTypeOf(proto.data_type ?? 0);
  if (!dtype) throw new OnnxError(`tensor of unknown element type ${proto.data_type ?? 0}`, place);
  const dims = proto.dims.map(Number);
  const expected = Math.ceil(elementCount(dims) * itemSize(dtype));
  if (dtype === 'string') return { dtype, dims, data: { kind: 'strings', strings: proto.string_data } };
  if (proto.data_location === EXTERNAL) return { dtype, dims, data: externalRange(proto, expected, context) };
  if (raw) {
    if (raw.length !== expected) throw new OnnxError(`${raw.length} bytes for ${dtype} [${dims.join(', ')}], which needs ${expected}`, place);
    return { dtype, dims, data: { kind: 'file', file: context.file, ...raw, external: false, stamp: context.stamp } };
  }
  try {
    return proto.raw_data !== undefined ? rawTensor(dtype, dims, proto.raw_data) : fromTypedFields(proto, dtype, dims);
  } catch (error) {
    throw error instanceof OnnxError ? error.within(place) : error;
  }
}

function fromTypedFields(proto: TensorProto, dtype: DataType, dims: number[]): Tensor {
  const view = (array: { buffer: ArrayBufferLike }): Tensor => rawTensor(dtype, dims, new Uint8Array(array.buffer));
  switch (dtype) {
    case 'float32': return view(Float32Array.from(proto.float_data));
    case 'float64': return view(Float64Array.from(proto.double_data));
    case 'int64': return view(BigInt64Array.from(proto.int64_data));
    case 'uint64': return view(BigUint64Array.from(proto.uint64_data));
    case 'uint32': return view(Uint32Array.from(proto.uint64_data, Number));
    case 'float16': case 'bfloat16': case 'uint16': case 'int16': return view(Uint16Array.from(proto.int32_data));
    default: return numberTensor(dtype, proto.int32_data, dims);
  }
}

/** ONNX Runtime refuses data outside the model's folder; so does Easel, for the same reason. */
function externalRange(proto: TensorProto, expected: number, context: FileContext): FileRange {
  const entries = entriesOf(proto.external_data);
  const place = { file: context.file, path: proto.name ?? '' };
  const location = entries.get('location') ?? '';
  const inside = normalize(location);
  if (location === '' || isAbsolute(location) || inside.startsWith('..')) {
    throw new OnnxError(`external data "${location}" lies outside the model's folder`, place);
  }
  const offset = Number(entries.get('offset') ?? 0);
  const length = Number(entries.get('length') ?? expected);
  if (!Number.isSafeInteger(offset) || offset < 0) throw new OnnxError(`external data offset "${entries.get('offset')}" is not a position`, place);
  if (length !== expected) throw new OnnxError(`${length} bytes of external data for a tensor of ${expected}`, place);
  return { kind: 'file', file: join(dirname(context.file), inside), offset, length, external: true };
}

function nodeFromProto(proto: NodeProto, context: FileContext): Node {
  return {
    name: proto.name ?? '', opType: proto.op_type ?? '', domain: proto.domain === 'ai.onnx' ? '' : (proto.domain ?? ''),
    inputs: proto.input, outputs: proto.output,
    attributes: new Map(proto.attribute.map((a) => [a.name ?? '', attributeFromProto(a, context)])),
    ...(proto.doc_string && { doc: proto.doc_string }),
    ...(proto.metadata_props.length > 0 && { metadata: entriesOf(proto.metadata_props) }),
  };
}

function attributeFromProto(proto: AttributeProto, context: FileContext): Attribute {
  if (proto.ref_attr_name) return { type: 'reference', value: proto.ref_attr_name, code: proto.type ?? 0 };
  switch (proto.type) {
    case ATTRIBUTE_CODES.float: return { type: 'float', value: proto.f ?? 0 };
    case ATTRIBUTE_CODES.int: return { type: 'int', value: proto.i ?? 0n };
    case ATTRIBUTE_CODES.string: return { type: 'string', value: text.decode(proto.s) };
    case ATTRIBUTE_CODES.floats: return { type: 'floats', value: proto.floats };
    case ATTRIBUTE_CODES.ints: return { type: 'ints', value: proto.ints };
    case ATTRIBUTE_CODES.strings: return { type: 'strings', value: proto.strings.map((s) => text.decode(s)) };
    case ATTRIBUTE_CODES.tensor: if (proto.t) return { type: 'tensor', value: tensorFromProto(proto.t, context) }; break;
    case ATTRIBUTE_CODES.graph: if (proto.g) return { type: 'graph', value: graphFromProto(proto.g, new Map(), context) }; break;
  }
  throw new OnnxError(`attribute "${proto.name ?? ''}" of unsupported type ${proto.type ?? 0}`, { file: context.file });
}

function functionFromProto(proto: FunctionProto, context: FileContext): FunctionBody {
  return {
    name: proto.name ?? '', domain: proto.domain ?? '', overload: proto.overload ?? '', inputs: proto.input, outputs: proto.output,
    attributes: proto.attribute, defaults: new Map(proto.attribute_proto.map((a) => [a.name ?? '', attributeFromProto(a, context)])),
    nodes: proto.node.map((n) => nodeFromProto(n, context)), opsets: opsetsOf(proto.opset_import),
  };
}

function valueFromProto(proto: ValueInfoProto): ValueInfo {
  const name = proto.name ?? '';
  const element = proto.type?.sequence_type?.elem_type?.tensor_type?.elem_type;
  if (element !== undefined) return { name, sequenceOf: dataTypeOf(element) };
  const tensor = proto.type?.tensor_type;
  if (!tensor) return { name };
  const shape = tensor.shape?.dim.map((d): Dim => (d.dim_value !== undefined ? Number(d.dim_value) : (d.dim_param ?? '')));
  return { name, dtype: dataTypeOf(tensor.elem_type ?? 0), shape };
}

function opsetsOf(protos: readonly OperatorSetProto[]): Map<string, number> {
  return new Map(protos.map((o) => [o.domain === 'ai.onnx' ? '' : (o.domain ?? ''), Number(o.version ?? 0n)]));
}

function entriesOf(entries: readonly StringEntry[]): Map<string, string> {
  return new Map(entries.map((e) => [e.key ?? '', e.value ?? '']));
}

/** ModelProto without its graph, which the writer streams. */
export function modelToProto(model: Model): ModelProto {
  return {
    ir_version: BigInt(model.irVersion), producer_name: model.producerName, producer_version: model.producerVersion,
    domain: model.domain, model_version: model.modelVersion, doc_string: model.doc,
    opset_import: opsetsToProto(model.opsets), metadata_props: entriesToProto(model.metadata), functions: model.functions.map(functionToProto),
  };
}

/** GraphProto without its initializers. */
export function graphToProto(graph: Graph): GraphProto {
  return {
    node: graph.nodes.map(nodeToProto), name: graph.name || 'graph', initializer: [], sparse_initializer: [],
    ...(graph.doc && { doc_string: graph.doc }),
    input: graph.inputs.map(valueToProto), output: graph.outputs.map(valueToProto),
    value_info: [...graph.values.values()].map(valueToProto), metadata_props: [],
  };
}

/** TensorProto without its data. */
export function tensorToProto(name: string, tensor: Tensor): TensorProto {
  return {
    dims: tensor.dims.map(BigInt), data_type: codeOf(tensor.dtype), ...(name && { name }),
    float_data: [], int32_data: [], int64_data: [], double_data: [], uint64_data: [], external_data: [],
    string_data: tensor.data.kind === 'strings' ? [...tensor.data.strings] : [],
  };
}

function inlineTensor(name: string, tensor: Tensor): TensorProto {
  if (tensor.data.kind === 'file') throw new OnnxError('a tensor attribute must be in memory', { path: name });
  return { ...tensorToProto(name, tensor), ...(tensor.data.kind === 'bytes' && { raw_data: tensor.data.bytes }) };
}

function nodeToProto(node: Node): NodeProto {
  return {
    input: [...node.inputs], output: [...node.outputs], name: node.name, op_type: node.opType, domain: node.domain,
    attribute: [...node.attributes].map(([name, a]) => attributeToProto(name, a)),
    ...(node.doc && { doc_string: node.doc }), metadata_props: node.metadata ? entriesToProto(node.metadata) : [],
  };
}

function attributeToProto(name: string, attribute: Attribute): AttributeProto {
  const base: AttributeProto = { name, floats: [], ints: [], strings: [], tensors: [], graphs: [] };
  if (attribute.type === 'reference') return { ...base, ref_attr_name: attribute.value, type: attribute.code };
  const typed = { ...base, type: ATTRIBUTE_CODES[attribute.type] };
  switch (attribute.type) {
    case 'float': return { ...typed, f: attribute.value };
    case 'int': return { ...typed, i: attribute.value };
    case 'string': return { ...typed, s: utf8.encode(attribute.value) };
    case 'tensor': return { ...typed, t: inlineTensor('', attribute.value) };
    case 'graph': return { ...typed, g: { ...graphToProto(attribute.value), initializer: [...attribute.value.initializers].map(([n, t]) => inlineTensor(n, t)) } };
    case 'floats': return { ...typed, floats: [...attribute.value] };
    case 'ints': return { ...typed, ints: [...attribute.value] };
    case 'strings': return { ...typed, strings: attribute.value.map((s) => utf8.encode(s)) };
  }
}

function functionToProto(body: FunctionBody): FunctionProto {
  return {
    name: body.name, domain: body.domain, ...(body.overload && { overload: body.overload }), input: [...body.inputs], output: [...body.outputs],
    attribute: [...body.attributes], attribute_proto: [...body.defaults].map(([name, a]) => attributeToProto(name, a)),
    node: body.nodes.map(nodeToProto), opset_import: opsetsToProto(body.opsets),
  };
}

function valueToProto(value: ValueInfo): ValueInfoProto {
  return { name: value.name, type: typeToProto(value), metadata_props: [] };
}

function typeToProto({ dtype, shape, sequenceOf }: ValueInfo): TypeProto | undefined {
  if (sequenceOf) return { sequence_type: { elem_type: { tensor_type: { elem_type: codeOf(sequenceOf) } } } };
  if (!dtype) return undefined;
  const dim = shape?.map((d) => (typeof d === 'number' ? { dim_value: BigInt(d) } : d === '' ? {} : { dim_param: d }));
  return { tensor_type: { elem_type: codeOf(dtype), ...(dim && { shape: { dim } }) } };
}

function opsetsToProto(opsets: ReadonlyMap<string, number>): OperatorSetProto[] {
  return [...opsets].map(([domain, version]) => ({ domain, version: BigInt(version) }));
}

function entriesToProto(entries: ReadonlyMap<string, string>): StringEntry[] {
  return [...entries].map(([key, value]) => ({ key, value }));
}

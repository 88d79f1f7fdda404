/**
 * The part of onnx.proto that Easel reads and writes, as data: field number, type, repeated or not.
 * Source: onnx/onnx `onnx/onnx.proto` (IR version 12). Unknown fields are skipped on reading.
 */

/** Scalars are named as in protobuf; a function names another message (lazily: messages are recursive). */
export type FieldType = 'int64' | 'uint64' | 'int32' | 'float' | 'double' | 'string' | 'bytes' | (() => MessageSchema);

export interface Field {
  readonly id: number;
  readonly type: FieldType;
  readonly repeated: boolean;
}

export type MessageSchema = Readonly<Record<string, Field>>;

export interface StringEntry { key?: string; value?: string }
export interface OperatorSetProto { domain?: string; version?: bigint }
export interface DimensionProto { dim_value?: bigint; dim_param?: string }
export interface TypeProto {
  tensor_type?: { elem_type?: number; shape?: { dim: DimensionProto[] } };
  sequence_type?: { elem_type?: TypeProto };
}
export interface ValueInfoProto { name?: string; type?: TypeProto; doc_string?: string; metadata_props: StringEntry[] }
export interface TensorProto {
  dims: bigint[]; data_type?: number; name?: string; raw_data?: Uint8Array; doc_string?: string;
  float_data: number[]; int32_data: number[]; string_data: Uint8Array[]; int64_data: bigint[];
  double_data: number[]; uint64_data: bigint[]; external_data: StringEntry[]; data_location?: number;
}
export interface AttributeProto {
  name?: string; ref_attr_name?: string; type?: number; f?: number; i?: bigint; s?: Uint8Array;
  t?: TensorProto; g?: GraphProto; floats: number[]; ints: bigint[]; strings: Uint8Array[];
  tensors: TensorProto[]; graphs: GraphProto[];
}
export interface NodeProto {
  input: string[]; output: string[]; name?: string; op_type?: string; domain?: string; overload?: string;
  attribute: AttributeProto[]; doc_string?: string; metadata_props: StringEntry[];
}
export interface GraphProto {
  node: NodeProto[]; name?: string; initializer: TensorProto[]; sparse_initializer: Uint8Array[]; doc_string?: string;
  input: ValueInfoProto[]; output: ValueInfoProto[]; value_info: ValueInfoProto[]; metadata_props: StringEntry[];
}
export interface FunctionProto {
  name?: string; domain?: string; overload?: string; input: string[]; output: string[]; attribute: string[];
  attribute_proto: AttributeProto[]; node: NodeProto[]; opset_import: OperatorSetProto[];
}
export interface ModelProto {
  ir_version?: bigint; producer_name?: string; producer_version?: string; domain?: string; model_version?: bigint;
  doc_string?: string; graph?: GraphProto; opset_import: OperatorSetProto[]; metadata_props: StringEntry[]; functions: FunctionProto[];
}

const one = (id: number, type: FieldType): Field => ({ id, type, repeated: false });
const many = (id: number, type: FieldType): Field => ({ id, type, repeated: true });

const entry: MessageSchema = { key: one(1, 'string'), value: one(2, 'string') };
const operatorSet: MessageSchema = { domain: one(1, 'string'), version: one(2, 'int64') };
const dimension: MessageSchema = { dim_value: one(1, 'int64'), dim_param: one(2, 'string') };
const shape: MessageSchema = { dim: many(1, () => dimension) };
const tensorType: MessageSchema = { elem_type: one(1, 'int32'), shape: one(2, () => shape) };
const sequenceType: MessageSchema = { elem_type: one(1, () => type) };
const type: MessageSchema = { tensor_type: one(1, () => tensorType), sequence_type: one(4, () => sequenceType) };
const valueInfo: MessageSchema = {
  name: one(1, 'string'), type: one(2, () => type), doc_string: one(3, 'string'), metadata_props: many(4, () => entry),
};

export const tensorSchema: MessageSchema = {
  dims: many(1, 'int64'), data_type: one(2, 'int32'), float_data: many(4, 'float'), int32_data: many(5, 'int32'),
  string_data: many(6, 'bytes'), int64_data: many(7, 'int64'), name: one(8, 'string'), raw_data: one(9, 'bytes'),
  double_data: many(10, 'double'), uint64_data: many(11, 'uint64'), doc_string: one(12, 'string'),
  external_data: many(13, () => entry), data_location: one(14, 'int32'),
};

const attribute: MessageSchema = {
  name: one(1, 'string'), f: one(2, 'float'), i: one(3, 'int64'), s: one(4, 'bytes'), t: one(5, () => tensorSchema),
  g: one(6, () => graphSchema), floats: many(7, 'float'), ints: many(8, 'int64'), strings: many(9, 'bytes'),
  tensors: many(10, () => tensorSchema), graphs: many(11, () => graphSchema), type: one(20, 'int32'), ref_attr_name: one(21, 'string'),
};

const node: MessageSchema = {
  input: many(1, 'string'), output: many(2, 'string'), name: one(3, 'string'), op_type: one(4, 'string'),
  attribute: many(5, () => attribute), doc_string: one(6, 'string'), domain: one(7, 'string'), overload: one(8, 'string'),
  metadata_props: many(9, () => entry),
};

export const graphSchema: MessageSchema = {
  node: many(1, () => node), name: one(2, 'string'), initializer: many(5, () => tensorSchema), doc_string: one(10, 'string'),
  input: many(11, () => valueInfo), output: many(12, () => valueInfo), value_info: many(13, () => valueInfo),
  sparse_initializer: many(15, 'bytes'), metadata_props: many(16, () => entry),
};

const functionSchema: MessageSchema = {
  name: one(1, 'string'), input: many(4, 'string'), output: many(5, 'string'), attribute: many(6, 'string'),
  node: many(7, () => node), opset_import: many(9, () => operatorSet), domain: one(10, 'string'),
  attribute_proto: many(11, () => attribute), overload: one(13, 'string'),
};

export const modelSchema: MessageSchema = {
  ir_version: one(1, 'int64'), producer_name: one(2, 'string'), producer_version: one(3, 'string'), domain: one(4, 'string'),
  model_version: one(5, 'int64'), doc_string: one(6, 'string'), graph: one(7, () => graphSchema),
  opset_import: many(8, () => operatorSet), metadata_props: many(14, () => entry), functions: many(25, () => functionSchema),
};

/** ONNX element types by name, with their codes in TensorProto.DataType and bytes per element. */
const TYPES = {
  float32: [1, 4], uint8: [2, 1], int8: [3, 1], uint16: [4, 2], int16: [5, 2], int32: [6, 4], int64: [7, 8],
  string: [8, 0], bool: [9, 1], float16: [10, 2], float64: [11, 8], uint32: [12, 4], uint64: [13, 8],
  complex64: [14, 8], complex128: [15, 16], bfloat16: [16, 2], float8e4m3fn: [17, 1], float8e4m3fnuz: [18, 1],
  float8e5m2: [19, 1], float8e5m2fnuz: [20, 1], uint4: [21, 0.5], int4: [22, 0.5],
} as const;

export type DataType = keyof typeof TYPES;

const byCode = new Map<number, DataType>(Object.entries(TYPES).map(([name, [code]]) => [code, name as DataType]));

/** The type behind a TensorProto code, or undefined for codes this room does not know. */
export function dataTypeOf(code: number): DataType | undefined {
  return byCode.get(code);
}

export function codeOf(type: DataType): number {
  return TYPES[type][0];
}

/** Bytes per element: 0 for strings, one half for packed 4-bit integers. */
export function itemSize(type: DataType): number {
  return TYPES[type][1];
}

/** Only these carry gradients. */
export function isFloat(type: DataType | undefined): boolean {
  return type === 'float32' || type === 'float16' || type === 'float64' || type === 'bfloat16';
}

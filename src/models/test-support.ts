/** Files as trained ones begin, for tests. */

/** A safetensors file of one number, with these words about itself. */
export function safetensors(metadata: object): Buffer {
  const header = Buffer.from(JSON.stringify({ __metadata__: metadata, tokens: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(4)]);
}

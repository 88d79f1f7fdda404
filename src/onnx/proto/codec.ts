/** Messages to bytes and back, driven by the tables in schema.ts. int64 is BigInt: slice ends reach INT64_MAX. */
import protobuf from 'protobufjs/minimal.js';
import type { FieldType, MessageSchema } from './schema.ts';

const { Reader, Writer } = protobuf;
type Reader = InstanceType<typeof Reader>;
type Writer = InstanceType<typeof Writer>;
type Message = Record<string, unknown>;

const fieldsById = new WeakMap<MessageSchema, Map<number, string>>();

/** Decodes one message; repeated fields are always present, others only when written. Throws RangeError on garbage. */
export function decodeMessage<T>(schema: MessageSchema, bytes: Uint8Array): T {
  return decode(schema, Reader.create(bytes), bytes.length) as T;
}

/** Encodes in schema order, leaving out what is undefined or an empty list. */
export function encodeMessage<T extends object>(schema: MessageSchema, message: T): Uint8Array {
  const writer = Writer.create();
  encode(schema, message as Message, writer);
  return writer.finish();
}

function decode(schema: MessageSchema, reader: Reader, end: number): Message {
  const message: Message = {};
  for (const [name, field] of Object.entries(schema)) if (field.repeated) message[name] = [];
  const names = idsOf(schema);
  while (reader.pos < end) {
    const tag = reader.uint32();
    const wireType = tag & 7;
    const name = names.get(tag >>> 3);
    const field = name === undefined ? undefined : schema[name];
    if (name === undefined || field === undefined) {
      reader.skipType(wireType);
    } else if (!field.repeated) {
      message[name] = decodeValue(field.type, reader);
    } else {
      const list = message[name] as unknown[];
      if (wireType === 2 && isPackable(field.type)) {
        const stop = reader.uint32() + reader.pos;
        while (reader.pos < stop) list.push(decodeValue(field.type, reader));
      } else {
        list.push(decodeValue(field.type, reader));
      }
    }
  }
  if (reader.pos !== end) throw new RangeError('field runs past the end of its message');
  return message;
}

function decodeValue(type: FieldType, reader: Reader): unknown {
  if (typeof type === 'function') {
    const end = reader.uint32() + reader.pos;
    if (end > reader.len) throw new RangeError('message runs past the end of the file');
    return decode(type(), reader, end);
  }
  switch (type) {
    case 'int64': return toBigInt(reader.int64());
    case 'uint64': return BigInt.asUintN(64, toBigInt(reader.uint64()));
    case 'int32': return reader.int32();
    case 'float': return reader.float();
    case 'double': return reader.double();
    case 'string': return reader.string();
    case 'bytes': return new Uint8Array(reader.bytes()); // a copy: a view would be a Buffer into the whole file
  }
}

function encode(schema: MessageSchema, message: Message, writer: Writer): void {
  for (const [name, { id, type, repeated }] of Object.entries(schema)) {
    const value = message[name];
    if (value === undefined) continue;
    for (const item of repeated ? (value as unknown[]) : [value]) encodeValue(id, type, item, writer);
  }
}

function encodeValue(id: number, type: FieldType, value: unknown, writer: Writer): void {
  if (typeof type === 'function') {
    encode(type(), value as Message, writer.uint32((id << 3) | 2).fork());
    writer.ldelim();
    return;
  }
  switch (type) {
    case 'int64': case 'uint64': writer.uint32(id << 3).int64(toLong(value as bigint)); break;
    case 'int32': writer.uint32(id << 3).int32(value as number); break;
    case 'float': writer.uint32((id << 3) | 5).float(value as number); break;
    case 'double': writer.uint32((id << 3) | 1).double(value as number); break;
    case 'string': writer.uint32((id << 3) | 2).string(value as string); break;
    case 'bytes': writer.uint32((id << 3) | 2).bytes(value as Uint8Array); break;
  }
}

function isPackable(type: FieldType): boolean {
  return typeof type !== 'function' && type !== 'string' && type !== 'bytes';
}

function toBigInt(value: number | { low: number; high: number }): bigint {
  if (typeof value === 'number') return BigInt(value);
  return (BigInt(value.high) << 32n) | BigInt(value.low >>> 0);
}

function toLong(value: bigint) {
  return protobuf.util.LongBits.from({ low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)), unsigned: false }).toLong(false) as never;
}

function idsOf(schema: MessageSchema): Map<number, string> {
  let ids = fieldsById.get(schema);
  if (!ids) fieldsById.set(schema, (ids = new Map(Object.entries(schema).map(([name, field]) => [field.id, name]))));
  return ids;
}

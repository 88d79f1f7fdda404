/** ONNX Runtime's failures to open a graph, told so that someone who never saw its source knows what to do. */
import { existsSync } from 'node:fs';
import { dirname, sep } from 'node:path';
import { RuntimeError } from './error';

/** What the runtime's message contains → what to say. `$1`… are the pattern's groups. */
const MEANINGS: readonly [pattern: RegExp, meaning: string][] = [
  [/(?:Could not find an implementation|Failed to find kernel) for (?:[\w.]+\.)?(\w+)\(\d+\)/, 'operator $1 has no kernel here (the graph was fused for another device); use an unfused export of this model'],
  [/requires f16 but the device does not support it/, 'this device does not compute in half floats; choose another provider, or a float32 export of this model'],
  [/(\S+) is not a registered function\/op/, 'operator $1 is unknown to this runtime; use an export with standard operators'],
  [/No Op registered for (\w+)/, 'operator $1 is unknown to this runtime; use an export with standard operators'],
  [/Unsupported model IR version: (\d+), max supported IR version: (\d+)/, 'it is of a newer ONNX (IR version $1; this runtime reads up to $2); use an export for an older one'],
  [/Opset (\d+) is under development.* till opset (\d+)/, 'it is of a newer ONNX (opset $1; this runtime knows up to $2); use an export for an older one'],
  [/Protobuf parsing failed|INVALID_PROTOBUF|ModelProto does not have a graph/, 'the file is damaged, cut short or not ONNX; fetch it again'],
  [/(?:External data path|external data|External initializer).*?(?:escapes|outside|not allowed|symlink|symbolic)/i, 'its weights point outside the model folder, which is not allowed; put the weights beside the graph'],
  [/(?:cannot get file size|open file .* fail|No such file|does not exist|External data path does not exist).*?([^\s"'/\\]+\.(?:onnx[_.]data|pb|data|bin|weights)\w*)/i, 'its weights file $1 is missing; fetch the model again'],
  [/out of bounds|exceeds the size|External data.*size|unexpected end|Failed to (?:read|load) .*external/i, 'its weights file is cut short or does not belong to it; fetch the model again'],
];

/** The error to throw when `create` failed on `file`. */
export function openingFailure(file: string, error: unknown): RuntimeError {
  // What a folder is called says nothing of what went wrong.
  const said = (error instanceof Error ? error.message : String(error)).replaceAll(`${dirname(file)}${sep}`, '');
  if (!existsSync(file)) return new RuntimeError('bad-model', `${file} does not exist; fetch the model again`, { cause: error });
  for (const [pattern, meaning] of MEANINGS) {
    const match = pattern.exec(said);
    if (match) return new RuntimeError('bad-model', `cannot open ${file}: ${meaning.replace(/\$(\d)/g, (_, n: string) => match[Number(n)] ?? '')}`, { cause: error });
  }
  const core = said.replace(/^Load model from .*? failed:\s*/, '').slice(0, 300).replace(/\.\s*$/, '');
  return new RuntimeError('bad-model', `cannot open ${file}: ${core}; fetch the model again`, { cause: error });
}

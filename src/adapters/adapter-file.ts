import { safetensorsByReference } from '../onnx';
import { AdapterError } from './error';
import { readLora, type LoraFile } from './lora-file';
import { readSoftTokens, SOFT_TOKEN_FORMAT, type SoftTokenFile } from './soft-token-file';

/** An adapter, whatever it is; a file's content says it. */
export type AdapterFile = ({ readonly kind: 'soft-tokens' } & SoftTokenFile) | ({ readonly kind: 'lora' } & LoraFile);

/** Reads and checks a file. Throws `AdapterError` (one line) if it is none that Easel applies, or is damaged. */
export async function readAdapter(path: string): Promise<AdapterFile> {
  const { metadata } = await safetensorsByReference(path).catch((error: Error) => {
    throw new AdapterError(`${error.message}; fetch it again, or train it again`, { cause: error });
  });
  if (metadata['format'] === SOFT_TOKEN_FORMAT) return { kind: 'soft-tokens', ...(await readSoftTokens(path)) };
  return { kind: 'lora', ...(await readLora(path)) };
}

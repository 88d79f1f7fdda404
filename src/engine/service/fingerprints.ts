/** Content hashes that a request does not carry yet: what a picture was made of is named by content, not by path. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { hashModelFolder, readModelFolder } from '../../models';
import type { GenerateRequest } from '../../prompt/request';

/** The request with every SHA-256 filled in. Reads what has none; a model's hash is kept in the user's cache. */
export async function withFingerprints(request: GenerateRequest, signal: AbortSignal): Promise<GenerateRequest> {
  const file = async <T extends { path: string; sha256?: string }>(part: T): Promise<T> => ({ ...part, sha256: part.sha256 ?? (await hashFile(part.path, signal)) });
  const { model, adapters, init, mask } = request;
  return {
    ...request,
    model: { ...model, sha256: model.sha256 ?? (await hashModelFolder(await readModelFolder(model.path, model.id), { signal })) },
    adapters: await Promise.all(adapters.map(file)),
    init: init && (await file(init)),
    mask: mask && (await file(mask)),
  };
}

async function hashFile(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash, { signal });
  return hash.digest('hex');
}

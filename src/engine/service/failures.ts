/** Any error that a job can end with, as the `EngineError` that is told: what happened, where, what to do next. */
import { sep } from 'node:path';
import { z } from 'zod';
import type { GenerateRequest } from '../../prompt/request';
import { EngineError } from '../engine';
import { ErrorData } from '../protocol';

/** What a person can do about a file system's refusal. */
const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left on the disk; free some and generate again',
  EDQUOT: 'the disk quota is used up; free some space and generate again',
  EROFS: 'the disk is read-only; set `out:` to a folder that can be written',
  EACCES: 'no permission; change the permissions of the folder or set `out:` to another',
  EPERM: 'not permitted; change the permissions of the folder or set `out:` to another',
  ENOTDIR: 'a file is where a folder should be; move it away or set `out:` to another folder',
  EISDIR: 'a folder is where the picture should go; move it away or change `out:`',
  ENAMETOOLONG: 'the name is too long; shorten the block\'s name or `out:`',
  EIO: 'the disk failed to read or write; check it, then generate again',
  EMFILE: 'too many files are open; close some programs and generate again',
  EBUSY: 'another program holds the file; close it there and generate again',
};

const Errno = z.object({ code: z.string().regex(/^E[A-Z0-9]+$/), path: z.string().optional() });

/**
 * @param stage what was being done, for errors that say nothing about it themselves
 * @param aborted whether the job was cancelled: then whatever error came of it means just that
 */
export function toEngineError(error: unknown, { output, model }: Pick<GenerateRequest, 'output' | 'model'>, stage: string, aborted: boolean): EngineError {
  if (aborted) return new EngineError('cancelled', `cancelled while ${stage}; nothing was written`, { cause: error });
  if (error instanceof EngineError) return error;
  const message = error instanceof Error ? error.message.replace(/\s*[\r\n]+\s*/g, ' ').trim() : String(error);
  if (error instanceof Error && error.name === 'NotOursError') return new EngineError('not-ours', message, { cause: error });
  const known = ErrorData.safeParse(error); // errors of diffusion/, models/ and runtime/ carry our codes
  if (known.success) return new EngineError(known.data.code, message, { cause: error });
  const errno = Errno.safeParse(error);
  if (errno.success) {
    const { code, path = output.path } = errno.data;
    if (path === model.path || path.startsWith(model.path + sep)) {
      return new EngineError('bad-model', `the model file ${path} cannot be read (${code}); restore it or choose another model`, { cause: error });
    }
    return new EngineError('disk', `${path} could not be used while ${stage} (${code}): ${REMEDIES[code] ?? 'check the folder and generate again'}`, { cause: error });
  }
  return new EngineError('failed', `${message} (while ${stage} ${output.path}); if this happens again, report it with the log`, { cause: error });
}

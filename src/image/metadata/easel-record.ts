/**
 * The `easel` chunk: which request a picture answers, and what drew it. With it the picture is its own lock: nothing
 * else has to be kept to say later whether the picture is still what its block says.
 */
import { z } from 'zod';

export const EASEL_RECORD_VERSION = 1;

/**
 * `request` is the canonical request of `prompt/request`; only what is needed to expand the block again is checked here
 * (this room knows no other), the rest is compared as it stands. `engine` is what drew it and decides nothing.
 */
export const EaselRecord = z.looseObject({
  version: z.literal(EASEL_RECORD_VERSION),
  request: z.looseObject({
    version: z.int(),
    prompt: z.string(),
    seed: z.string().regex(/^\d{1,20}$/),
    index: z.int().min(0),
    model: z.looseObject({ id: z.string(), sha256: z.string().nullable() }),
  }),
  infotextVersion: z.int().optional(),
  /** The block that asked, its file relative to the root with `/`: never a path that names somebody's home. */
  source: z.looseObject({ file: z.string(), block: z.string() }).nullable().optional(),
  engine: z.looseObject({
    easel: z.string(),
    runtime: z.string().optional(),
    provider: z.string().optional(),
    threads: z.int().optional(),
    /** Absent: fp32. */
    precision: z.string().optional(),
    node: z.string().optional(),
  }),
});
export type EaselRecord = z.infer<typeof EaselRecord>;

/** The record as the chunk's text: JSON in ASCII alone, so that no tool between here and there can damage it. */
export function encodeEaselRecord(record: EaselRecord): string {
  return JSON.stringify(record).replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The record in a chunk's text, or one line that says why there is none. */
export function parseEaselRecord(text: string): { record: EaselRecord } | { problem: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { problem: 'its easel chunk is not JSON' };
  }
  const parsed = EaselRecord.safeParse(json);
  if (parsed.success) return { record: parsed.data };
  const version = z.looseObject({ version: z.number() }).safeParse(json).data?.version;
  if (version !== undefined && version > EASEL_RECORD_VERSION) return { problem: `its easel chunk is version ${version}; this Easel reads version ${EASEL_RECORD_VERSION}` };
  const issue = parsed.error.issues[0];
  return { problem: `its easel chunk is malformed at ${issue?.path.join('.') || 'its top'}` };
}

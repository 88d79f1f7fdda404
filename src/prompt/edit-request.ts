/**
 * The `EditRequest`: one edit of one picture, said completely. The edited picture is said as any other; beside it stands what
 * the picture was before.
 */
import { z } from 'zod';
import { canonicalRequest, GenerateRequest } from './request';

export const EditRequest = z
  .strictObject({
    /**
     * The edited picture: `init` is the picture that is edited, `prompt` what it shall be. FlowEdit walks Euler's steps; its
     * guidance is `unconditional + scale · (conditional − unconditional)` as everywhere. (SoftREPA's published editing code
     * counts the target's scale from 0: its 13.5 is 14.5 here.)
     */
    target: GenerateRequest.refine(({ init, mask, sampler }) => init !== null && mask === null && sampler === 'Euler', 'an edit has a picture to edit, no mask, and the sampler Euler'),
    /** What the picture shows now, and how strongly that is meant. */
    source: z.strictObject({ prompt: z.string().max(1_000_000), guidanceScale: z.number().min(0).max(100) }),
    /** Of the target's steps, the last so many are walked: the more, the farther the edit goes. */
    nStart: z.int().min(1).max(1000),
  })
  .refine(({ target, nStart }) => nStart <= target.steps, { message: 'n-start is at most the number of steps', path: ['nStart'] });
export type EditRequest = z.infer<typeof EditRequest>;

/**
 * What decides how the edited picture looks. It is no canonical request of a drawing, and equal to none: a picture that was
 * edited answers no block.
 */
export function canonicalEdit({ target, source, nStart }: EditRequest) {
  return { ...canonicalRequest(target), edit: { method: 'FlowEdit' as const, from: source.prompt, cfgFrom: source.guidanceScale, nStart } };
}

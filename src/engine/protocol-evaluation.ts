/** What the engine's two processes say about measuring a model; progress and cancelling are as for a picture. */
import { z } from 'zod';
import { EvaluateRequest } from '../prompt/evaluate-request';

const EvaluateResult = z.object({
  suite: z.string(),
  report: z.record(z.string(), z.unknown()),
  text: z.string(),
  files: z.array(z.string()),
});

/** The client asks this. */
export const evaluationMethods = {
  evaluate: { name: 'engine/evaluate', params: z.strictObject({ job: z.string().min(1).max(64), request: EvaluateRequest }), result: EvaluateResult },
} as const;

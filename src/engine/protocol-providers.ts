/** What the engine's two processes say about execution providers; progress and cancelling are as for a picture. */
import { z } from 'zod';

const Answer = z.object({ works: z.boolean(), reason: z.string().optional(), speed: z.number().optional() });

const ProbeResult = z.object({
  findings: z.array(Answer.extend({ provider: z.enum(['webgpu', 'cuda', 'dml', 'coreml']), trials: z.record(z.string(), Answer).optional() })),
  automatic: z.record(z.string(), z.string()),
});

/** The client asks this. */
export const providerMethods = {
  probe: {
    name: 'engine/probe',
    params: z.strictObject({ job: z.string().min(1).max(64), models: z.array(z.strictObject({ id: z.string().min(1), path: z.string().min(1) })).max(1000) }),
    result: ProbeResult,
  },
} as const;

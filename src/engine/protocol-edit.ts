/** What the engine's two processes say about editing a picture; progress, previews and cancelling are as for drawing one. */
import { z } from 'zod';
import { EditRequest } from '../prompt/edit-request';
import { methods } from './protocol';

/** The client asks this. */
export const editMethods = {
  edit: { name: 'engine/edit', params: z.strictObject({ job: z.string().min(1).max(64), request: EditRequest, previews: z.boolean() }), result: methods.generate.result },
} as const;

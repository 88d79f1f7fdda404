/** The picture panel beside a prompt file: what the editor tells it, and what it may ask for. */
import { z } from 'zod';
import { EncodedPicture } from './encoded-picture';

/** A picture as the page may show it. `id` names it in requests; `uri` carries `?version=` so a new file is a new picture. */
export const PanelPicture = z.strictObject({
  id: z.string().min(1),
  uri: z.string().min(1),
  /** For people who do not see it: the prompt, shortened. */
  alt: z.string(),
  /** One short line under the picture. */
  caption: z.string(),
  /** A1111's text as written in the file, or `null` if it has none. */
  infotext: z.string().nullable(),
});
export type PanelPicture = z.infer<typeof PanelPicture>;

/** A running job in one line, with steps when it has any to count. */
export const PanelJob = z.strictObject({
  label: z.string(),
  step: z.int().min(0),
  steps: z.int().min(0),
  cancelling: z.boolean(),
});
export type PanelJob = z.infer<typeof PanelJob>;

/** What went wrong and the one thing to do about it. */
export const PanelError = z.strictObject({
  message: z.string().min(1),
  action: z.strictObject({ id: z.enum(['retry', 'show-log', 'restart-engine', 'manage-trust']), label: z.string().min(1) }).nullable(),
});
export type PanelError = z.infer<typeof PanelError>;

/** Everything the page shows. Sent whole each time: the page keeps no state of its own. */
export const PanelState = z.strictObject({
  /** What the page keeps for the serializer: which file it shows, and which block of that name. */
  memory: z.strictObject({ uri: z.string(), block: z.string(), nth: z.int().min(0).default(0) }),
  file: z.string(),
  block: z.string(),
  /** Fresh, stale, missing or unknown; `checking` while the files are being read. */
  state: z.enum(['fresh', 'stale', 'missing', 'unknown', 'checking']),
  stateLabel: z.string(),
  reasons: z.array(z.string()),
  pictures: z.array(PanelPicture),
  candidates: z.array(PanelPicture),
  job: PanelJob.nullable(),
  error: PanelError.nullable(),
  /** Told to screen readers when it changes: the end of a job. */
  announcement: z.string(),
});
export type PanelState = z.infer<typeof PanelState>;

/** The page's fixed words, in the user's language. */
export const PanelLabels = z.strictObject({
  generate: z.string(),
  generateFour: z.string(),
  cancel: z.string(),
  cancelling: z.string(),
  copyInfotext: z.string(),
  openPicture: z.string(),
  editPicture: z.string(),
  useThisOne: z.string(),
  candidates: z.string(),
  pictures: z.string(),
  parameters: z.string(),
  preview: z.string(),
  progress: z.string(),
  empty: z.string(),
});
export type PanelLabels = z.infer<typeof PanelLabels>;

/** Editor to page. */
export const HostToPanel = z.discriminatedUnion('type', [
  /** First, once, when the page says it is ready. */
  z.strictObject({ type: z.literal('labels'), labels: PanelLabels }),
  /** Whenever anything changes. */
  z.strictObject({ type: z.literal('state'), state: PanelState }),
  /** A live preview: the only pixels that travel in a message. Dropped by the page when the job is over. */
  EncodedPicture.extend({ type: z.literal('preview') }),
]);
export type HostToPanel = z.infer<typeof HostToPanel>;

const PictureId = z.string().min(1).max(100);

/** Page to editor. */
export const PanelToHost = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('generate'), count: z.union([z.literal(1), z.literal(4)]) }),
  z.strictObject({ type: z.literal('cancel') }),
  z.strictObject({ type: z.literal('use-this-one'), picture: PictureId }),
  z.strictObject({ type: z.literal('copy-infotext'), picture: PictureId }),
  z.strictObject({ type: z.literal('open-picture'), picture: PictureId }),
  z.strictObject({ type: z.literal('edit-picture'), picture: PictureId }),
  z.strictObject({ type: z.literal('error-action') }),
]);
export type PanelToHost = z.infer<typeof PanelToHost>;

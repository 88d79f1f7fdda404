/** The dataset panel: a grid of captioned pictures of which the page holds only what is on the screen. */
import { z } from 'zod';
import { EncodedPicture } from './encoded-picture';

const count = z.int().min(0);
const Id = z.int().min(0);
/** Pictures that one message may ask for or bring: a tall screen's worth, with room to scroll. */
export const WINDOW_AT_MOST = 400;

/** Which pictures are shown: all, those that lack a caption, those with something to say about. */
export const DatasetShow = z.enum(['all', 'without', 'remarks']);
export type DatasetShow = z.infer<typeof DatasetShow>;

/** What is typed into the search box, and which kind of picture is wanted. */
export const DatasetFilter = z.strictObject({ text: z.string().max(1000), show: DatasetShow });
export type DatasetFilter = z.infer<typeof DatasetFilter>;

/** One remark on a picture or its caption. `fix` is what its quick fix is called. */
export const DatasetRemark = z.strictObject({
  severity: z.enum(['error', 'warning', 'information', 'hint']),
  message: z.string(),
  fix: z.string().nullable(),
});
export type DatasetRemark = z.infer<typeof DatasetRemark>;

/** A picture in the grid. `uri` is `null` if its thumbnail comes in a message of its own. */
export const DatasetCell = z.strictObject({
  id: Id,
  name: z.string(),
  uri: z.string().nullable(),
  caption: z.string(),
  /** Where the caption is written, for people; `null` if nowhere yet. */
  source: z.string().nullable(),
  /** Its file has changes that are not saved. */
  dirty: z.boolean(),
  remarks: z.array(DatasetRemark),
});
export type DatasetCell = z.infer<typeof DatasetCell>;

/** Everything around the grid. Sent whole each time. */
export const DatasetState = z.strictObject({
  /** What the page keeps for the serializer. */
  memory: z.strictObject({ folder: z.string(), filter: DatasetFilter }),
  title: z.string(),
  /** `N pictures, M captions, K without`, once they are counted. */
  counts: z.string().nullable(),
  /** How many pictures each choice of the filter shows; `null` while that is not known. */
  numbers: z.strictObject({ all: count, without: count, remarks: count }).nullable(),
  /** Pictures that the filter lets through. */
  total: count,
  /** Raised when the grid's content may have changed; the page then asks for its window again. */
  version: count,
  /** What is being read or checked, or `null`. `total` is 0 while it is not known. */
  progress: z.strictObject({ label: z.string(), done: count, total: count }).nullable(),
  problem: z.string().nullable(),
  canUndo: z.boolean(),
  /** Checking the pictures themselves was not done by itself, because there are many. */
  canCheck: z.boolean(),
  announcement: z.string(),
});
export type DatasetState = z.infer<typeof DatasetState>;
export type DatasetMemory = DatasetState['memory'];

/** The page's fixed words, in the user's language. */
export const DatasetLabels = z.strictObject({
  search: z.string(),
  showAll: z.string(),
  showWithout: z.string(),
  showRemarks: z.string(),
  pictures: z.string(),
  /** With `{0}` for the picture's name. */
  captionOf: z.string(),
  pictureOf: z.string(),
  openCaption: z.string(),
  unsaved: z.string(),
  noCaption: z.string(),
  undo: z.string(),
  check: z.string(),
  train: z.string(),
  nothing: z.string(),
  progress: z.string(),
  keys: z.string(),
});
export type DatasetLabels = z.infer<typeof DatasetLabels>;

/** Editor to page. */
export const HostToDataset = z.discriminatedUnion('type', [
  /** First, once, when the page says it is ready. */
  z.strictObject({ type: z.literal('labels'), labels: DatasetLabels }),
  /** Whenever anything around the grid changes. */
  z.strictObject({ type: z.literal('state'), state: DatasetState }),
  /** The answer to `look`: cells from place `from` of the filtered pictures. */
  z.strictObject({ type: z.literal('window'), version: count, from: count, cells: z.array(DatasetCell).max(WINDOW_AT_MOST) }),
  /** A large picture, made small. */
  z.strictObject({ type: z.literal('thumbnail'), id: Id, picture: EncodedPicture }),
]);
export type HostToDataset = z.infer<typeof HostToDataset>;

/** Page to editor. */
export const DatasetToHost = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  /** What is on the screen now. */
  z.strictObject({ type: z.literal('look'), from: count, count: count.max(WINDOW_AT_MOST) }),
  z.strictObject({ type: z.literal('filter'), filter: DatasetFilter }),
  /** The caption as it was typed. */
  z.strictObject({ type: z.literal('caption'), id: Id, caption: z.string().max(100_000) }),
  z.strictObject({ type: z.literal('fix'), id: Id, remark: count }),
  z.strictObject({ type: z.literal('open-picture'), id: Id }),
  z.strictObject({ type: z.literal('open-caption'), id: Id }),
  z.strictObject({ type: z.literal('undo') }),
  z.strictObject({ type: z.literal('check-pictures') }),
  z.strictObject({ type: z.literal('train') }),
]);
export type DatasetToHost = z.infer<typeof DatasetToHost>;

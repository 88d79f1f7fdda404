import type { Pipelines, TextEncoding } from '../diffusion';
import type { ModelReference } from '../prompt';
import { captionEncoding, encodeCaption, pictureLatents, type CaptionedEntry, type DataPlace } from './encoded-data';

/** Of each kind, in memory at most. */
const IN_MEMORY = 4096;

/** What a run reads of its pictures and captions: in memory up to a few thousand, on disk beyond, made by the model once. */
export class Encodings {
  private readonly ofPictures = new Map<string, Promise<Float32Array>>();
  private readonly ofCaptions = new Map<string, Promise<TextEncoding>>();

  /** @param captions the dataset's own; others were written for one batch and are not kept on disk */
  constructor(
    private readonly pipelines: Pick<Pipelines, 'use'>,
    private readonly model: ModelReference,
    private readonly place: DataPlace,
    private readonly captions: ReadonlySet<string>,
  ) {}

  /** `[channels, height, width]`. */
  latents(entry: CaptionedEntry): Promise<Float32Array> {
    return remembered(this.ofPictures, entry.picture, () => this.pipelines.use(this.model, (model) => pictureLatents(model, entry, this.place)));
  }

  caption(caption: string): Promise<TextEncoding> {
    const encode = this.captions.has(caption) ? captionEncoding : encodeCaption;
    return remembered(this.ofCaptions, caption, () => this.pipelines.use(this.model, (model) => encode(model, caption, this.place)));
  }
}

function remembered<Value>(known: Map<string, Promise<Value>>, key: string, make: () => Promise<Value>): Promise<Value> {
  const value = known.get(key) ?? make();
  if (!known.has(key)) {
    if (known.size >= IN_MEMORY) known.delete(known.keys().next().value!);
    known.set(key, value);
  }
  return value;
}

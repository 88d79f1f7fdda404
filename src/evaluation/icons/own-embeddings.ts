/** The model's own contrastive encoders, for R-precision: reported apart, and never the judge of the model they belong to. */
import { encodeText, rgbToPlanes, type LoadedModel } from '../../diffusion';
import { readModelFolder } from '../../models';
import type { ModelReference } from '../../prompt';
import { openSession, tensor, type Session } from '../../runtime';
import { EvaluationError } from '../error';
import { SIDE } from '../pixels/mask';

/** Captions that a picture is compared with, its own included (Xu et al. 2018, 1711.10485, section 4.1). */
export const CHOICES = 100;

export class OwnEmbeddings {
  private constructor(private readonly session: Session) {}

  /** `null` for a model without an image encoder. */
  static async open({ path, id }: ModelReference): Promise<OwnEmbeddings | null> {
    const encoder = (await readModelFolder(path, id)).components.image_encoder;
    return encoder ? new OwnEmbeddings(await openSession(encoder.file, { threads: 1, provider: 'cpu' })) : null;
  }

  /** `[E]`, of unit length. */
  async ofPicture(rgb: Uint8Array): Promise<Float32Array> {
    const { image_embeds } = await this.session.run({ pixel_values: tensor(rgbToPlanes(rgb, SIDE, SIDE), [1, 3, SIDE, SIDE]) }, ['image_embeds']);
    if (image_embeds?.data instanceof Float32Array) return image_embeds.data;
    throw new EvaluationError('bad-model', `${this.session.file} gives no image_embeds; export the model again`);
  }

  async ofCaptions(model: LoadedModel, captions: readonly string[]): Promise<Float32Array[]> {
    const text = await model.text();
    const embeddings: Float32Array[] = [];
    for (const caption of captions) {
      const { encoding } = await encodeText(text, caption, 'prompt', { promptSyntax: 'plain', longPrompt: 'truncate', clipSkip: 1 });
      if (!encoding.pooled) throw new EvaluationError('bad-model', 'the text encoder gives no pooled vector; export the model again');
      embeddings.push(encoding.pooled);
    }
    return embeddings;
  }

  /** 1 where a picture's own caption is the nearest of itself and the next 99 (or as many as there are). */
  precision(pictures: readonly Float32Array[], captions: readonly Float32Array[]): number[] {
    const choices = Math.min(CHOICES, captions.length);
    return pictures.map((picture, i) => {
      const own = dot(picture, captions[i]!);
      const others = Array.from({ length: choices - 1 }, (_, j) => captions[(i + 1 + j) % captions.length]!);
      return Number(others.every((other) => dot(picture, other) < own));
    });
  }

  release(): Promise<void> {
    return this.session.release();
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

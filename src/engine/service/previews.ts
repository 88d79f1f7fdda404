/** Live previews of one job: encoded one at a time, the newest first, not more often than an eye follows. */
import type { Preview } from '../engine';
import { PREVIEW_LIMIT } from '../protocol';

/** Milliseconds between two previews, at least: a fast model would spend its time on encoding. */
const GAP = 100;

export type EncodePreview = (rgb: Uint8Array, width: number, height: number) => Promise<Omit<Preview, 'step'>>;

export class Previews {
  private encoding = false;
  private next: (() => Promise<void>) | null = null;
  private last = -Infinity;
  private stopped = false;

  constructor(
    private readonly encode: EncodePreview,
    private readonly show: (preview: Preview) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Would a picture be asked for now? */
  get due(): boolean {
    return !this.stopped && this.now() - this.last >= GAP;
  }

  /** Asks for a picture so far unless the last one is fresh; it is shown unless a newer one comes first. */
  offer(picture: () => Uint8Array, width: number, height: number, step: number): void {
    if (!this.due) return;
    const rgb = picture();
    this.next = async () => {
      const preview = await this.encode(rgb, width, height);
      if (!this.stopped && preview.data.byteLength <= PREVIEW_LIMIT) this.show({ step, ...preview });
    };
    if (!this.encoding) void this.drain();
  }

  /** After this nothing is shown: the job has ended. */
  stop(): void {
    this.stopped = true;
    this.next = null;
  }

  private async drain(): Promise<void> {
    this.encoding = true;
    while (this.next) {
      const encodeAndShow = this.next;
      this.next = null;
      this.last = this.now();
      await encodeAndShow().catch(() => {}); // a preview that cannot be encoded is not worth failing the picture
    }
    this.encoding = false;
  }
}

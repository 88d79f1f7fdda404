import type { EncodedPicture } from '../../messages';
import type { Thumbnails } from '../thumbnails';

/** Pixels and bytes of a thumbnail, and how many are made at a time. */
const SIDE = 320;
const LIMIT = 48 * 1024;
const AT_ONCE = 3;

export interface WantedThumbnail {
  readonly id: number;
  readonly path: string;
}

/** Large pictures made small, a few at a time, and only those that were wanted last: what has been scrolled past is never made. */
export class ThumbnailQueue {
  private wanted: WantedThumbnail[] = [];
  private making = 0;

  constructor(
    private readonly thumbnails: Pick<Thumbnails, 'small'>,
    private readonly onMade: (id: number, picture: EncodedPicture) => void,
  ) {}

  want(pictures: readonly WantedThumbnail[]): void {
    this.wanted = [...pictures];
    while (this.making < AT_ONCE && this.wanted.length > 0) void this.makeNext();
  }

  private async makeNext(): Promise<void> {
    const next = this.wanted.shift();
    if (!next) return;
    this.making += 1;
    const data = await this.thumbnails.small(next.path, SIDE, LIMIT).catch(() => null);
    this.making -= 1;
    // A copy: VS Code sends plain typed arrays only, not a view of a larger buffer.
    if (data) this.onMade(next.id, { mimeType: 'image/webp', data: Uint8Array.from(data) });
    await this.makeNext();
  }
}

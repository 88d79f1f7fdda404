import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { TrainEvent } from '../../prompt';

/** RUN/events.jsonl, which grows: what was added to it is read, and all of it only if it is another file, or shorter than it was. */
export class EventsFile {
  /** Bytes read, up to the end of a line. */
  private position = 0;
  private inode = 0;

  constructor(private readonly path: string) {}

  /** In parts; `isAnew` with the first of a file that is read from its beginning. A file that is not there is an empty one. */
  async *added(): AsyncGenerator<{ events: TrainEvent[]; isAnew: boolean }> {
    const { size, ino } = await stat(this.path).catch(() => ({ size: 0, ino: 0 }));
    if (ino !== this.inode || size < this.position) this.forget();
    this.inode = ino;
    if (this.position === 0) yield { events: [], isAnew: true };
    if (size === this.position) return;
    let unfinished: Buffer = Buffer.alloc(0);
    for await (const chunk of createReadStream(this.path, { start: this.position }) as AsyncIterable<Buffer>) {
      const bytes = Buffer.concat([unfinished, chunk]);
      const end = bytes.lastIndexOf('\n') + 1;
      unfinished = bytes.subarray(end);
      this.position += end;
      if (end > 0) yield { events: readEvents(bytes.toString('utf8', 0, end)), isAnew: false };
    }
  }

  /** The next reading begins at the beginning. */
  forget(): void {
    this.position = 0;
  }
}

/** Lines that are none of ours are passed over. */
function readEvents(text: string): TrainEvent[] {
  return text.split('\n').flatMap((line) => {
    try {
      return TrainEvent.safeParse(JSON.parse(line)).data ?? [];
    } catch {
      return [];
    }
  });
}

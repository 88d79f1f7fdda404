/** The end of what a process wrote to stderr, kept so that a crash can be explained. */

/** Bytes kept. */
const LIMIT = 64 * 1024;

export class LastWords {
  private kept = Buffer.alloc(0);

  add(chunk: Buffer): void {
    this.kept = Buffer.concat([this.kept, chunk]).subarray(-LIMIT);
  }

  /** Everything kept; a character cut in half at the front is dropped. */
  get text(): string {
    let start = 0;
    while (start < 4 && (this.kept[start] ?? 0) >> 6 === 0b10) start++;
    return this.kept.toString('utf8', start);
  }

  /**
   * The lines that say what happened, for one line of a message: of a JavaScript error its name and text, else the
   * last lines; at most 300 characters.
   */
  get summary(): string {
    const lines = this.text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '' && !/^(?:at |Node\.js v\d|\^+$)/.test(line));
    const thrown = lines.findLast((line) => /^(?:\w*Error|terminate called|FATAL ERROR)\b/.test(line));
    return (thrown ?? lines.slice(-3).join(' / ')).slice(-300);
  }
}

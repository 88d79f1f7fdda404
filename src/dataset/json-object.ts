/**
 * Where the members of one line's JSON object stand. `JSON.parse` gives values without places, and its error messages
 * name none that two versions of Node agree on; an editor needs both to underline and to change a single value.
 */
import type { Span } from '../prompt';

export interface JsonMember {
  readonly key: string;
  readonly keySpan: Span;
  readonly valueSpan: Span;
}

/** `at` is where the text stops being JSON. */
export type JsonObject = { readonly members: readonly JsonMember[]; readonly end: number } | { readonly problem: string; readonly at: number };

/** The parts of a string. One pattern for all of it runs out of stack on some ten million characters, which a column of data may have. */
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
/** Numbers and words; Python also writes NaN and Infinity. */
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|NaN|-?Infinity/y;
const SPACE = /[ \t\r\n]*/y;
const MAX_DEPTH = 64;

class Damage {
  constructor(
    readonly problem: string,
    readonly at: number,
  ) {}
}

/** Reads the object that fills `text` from `start` to `end` (UTF-16 offsets, also those of the result). Never throws. */
export function readJsonObject(text: string, start: number, end: number): JsonObject {
  const line = text.slice(start, end);
  try {
    const scanner = new Scanner(line);
    const members = scanner.object(0).map(({ key, keySpan, valueSpan }) => ({ key, keySpan: moved(keySpan, start), valueSpan: moved(valueSpan, start) }));
    const last = scanner.at;
    scanner.space();
    if (scanner.at < line.length) throw new Damage('something follows the object', scanner.at);
    return { members, end: start + last };
  } catch (error) {
    if (error instanceof Damage) return { problem: error.problem, at: start + error.at };
    throw error;
  }
}

class Scanner {
  at = 0;

  constructor(private readonly text: string) {}

  space(): void {
    this.match(SPACE);
  }

  object(depth: number): JsonMember[] {
    this.expect('{', 'a JSON object is missing here');
    const members: JsonMember[] = [];
    this.space();
    if (this.take('}')) return members;
    do {
      this.space();
      const keySpan = this.span(() => this.string('a key in double quotes is missing here'));
      this.space();
      this.expect(':', 'a colon is missing here');
      this.space();
      const valueSpan = this.span(() => this.value(depth));
      members.push({ key: JSON.parse(this.text.slice(keySpan.start, keySpan.end)) as string, keySpan, valueSpan });
      this.space();
    } while (this.take(','));
    this.expect('}', 'a comma or } is missing here');
    return members;
  }

  private value(depth: number): void {
    if (depth >= MAX_DEPTH) throw new Damage('it is nested too deeply', this.at);
    const next = this.text[this.at];
    if (next === '"') this.string('');
    else if (next === '{') this.object(depth + 1);
    else if (next === '[') this.array(depth + 1);
    else if (!this.match(SCALAR)) throw new Damage('a value is missing here', this.at);
  }

  private array(depth: number): void {
    this.expect('[', '');
    this.space();
    if (this.take(']')) return;
    do {
      this.space();
      this.value(depth);
      this.space();
    } while (this.take(','));
    this.expect(']', 'a comma or ] is missing here');
  }

  private string(missing: string): void {
    const start = this.at;
    this.expect('"', missing);
    do this.match(PLAIN);
    while (this.match(ESCAPE));
    if (!this.take('"')) throw new Damage('this string is not closed, or has a wrong escape', start);
  }

  private span(read: () => void): Span {
    const start = this.at;
    read();
    return { start, end: this.at };
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private expect(character: string, problem: string): void {
    if (!this.take(character)) throw new Damage(problem, this.at);
  }

  private match(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (!found) return false;
    this.at = pattern.lastIndex;
    return true;
  }
}

function moved({ start, end }: Span, by: number): Span {
  return { start: start + by, end: end + by };
}

/**
 * Byte-pair encoding of one word (Sennrich et al. 2015, 1508.07909) over GPT-2's alphabet, in which every byte is a visible
 * character. The pair of lowest rank is joined first, the leftmost of equals.
 */

/** GPT-2's character for each byte. */
const BYTE_CHARACTERS: readonly string[] = (() => {
  const printable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
})();

/** One token of a word: its id, and the bytes of the word it covers. */
export interface WordToken {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

export interface BytePairModel {
  readonly vocabulary: ReadonlyMap<string, number>;
  /** Rank by `"left right"`. */
  readonly ranks: ReadonlyMap<string, number>;
  /** Marks a word's last character, e.g. `</w>`; may be empty. */
  readonly wordEnd: string;
  /** What a character without an id becomes; `null` drops it. */
  readonly unknownId: number | null;
  /** A word that is in the vocabulary as a whole is taken as it is. */
  readonly ignoreMerges: boolean;
}

const MAX_CACHED = 10_000;
const utf8 = new TextEncoder();

export class BytePairs {
  private readonly cache = new Map<string, readonly WordToken[]>();

  constructor(private readonly model: BytePairModel) {}

  /** The tokens of one word (a pre-token). */
  encode(word: string): readonly WordToken[] {
    const known = this.cache.get(word);
    if (known) return known;
    const tokens = this.split(word);
    if (this.cache.size >= MAX_CACHED) this.cache.clear();
    this.cache.set(word, tokens);
    return tokens;
  }

  private split(word: string): WordToken[] {
    const { vocabulary, ranks, wordEnd, unknownId, ignoreMerges } = this.model;
    const symbols = Array.from(utf8.encode(word), (byte) => BYTE_CHARACTERS[byte]!);
    const whole = ignoreMerges ? vocabulary.get(symbols.join('')) : undefined;
    if (whole !== undefined) return [{ id: whole, start: 0, end: symbols.length }];
    if (symbols.length > 0) symbols[symbols.length - 1] += wordEnd;
    const tokens: WordToken[] = [];
    for (const { text, start, end } of merge(symbols, ranks)) {
      const id = vocabulary.get(text) ?? unknownId;
      if (id !== null) tokens.push({ id, start, end });
    }
    return tokens;
  }
}

interface Symbols {
  text: string;
  start: number;
  end: number;
}

/** Joins pairs until none has a rank. A linked list and a heap of candidates: n log n, for words of any length. */
function merge(symbols: readonly string[], ranks: ReadonlyMap<string, number>): Symbols[] {
  const nodes: (Symbols | null)[] = symbols.map((text, i) => ({ text, start: i, end: i + 1 }));
  // Node i covers from symbol i on; the next node is where it ends.
  const previous = symbols.map((_, i) => i - 1);
  const heap = new CandidateHeap();
  const offer = (left: number) => {
    const a = nodes[left];
    const b = a && nodes[a.end];
    const rank = a && b ? ranks.get(`${a.text} ${b.text}`) : undefined;
    if (a && b && rank !== undefined) heap.push({ rank, left, length: b.end - a.start });
  };
  for (let i = 0; i + 1 < nodes.length; i++) offer(i);
  for (let best = heap.pop(); best; best = heap.pop()) {
    const a = nodes[best.left];
    const b = a && nodes[a.end];
    // A candidate is stale when either side has been joined to something else since.
    if (!a || !b || b.end - a.start !== best.length || ranks.get(`${a.text} ${b.text}`) !== best.rank) continue;
    nodes[b.start] = null;
    a.text += b.text;
    a.end = b.end;
    if (a.end < nodes.length) previous[a.end] = a.start;
    if (previous[a.start]! >= 0) offer(previous[a.start]!);
    offer(a.start);
  }
  return nodes.filter((node) => node !== null);
}

interface Candidate {
  rank: number;
  left: number;
  length: number;
}

/** A binary heap, lowest rank first, leftmost of equals. */
class CandidateHeap {
  private readonly items: Candidate[] = [];

  push(item: Candidate): void {
    let i = this.items.push(item) - 1;
    for (let parent = (i - 1) >> 1; i > 0 && before(item, this.items[parent]!); parent = (i - 1) >> 1) {
      this.items[i] = this.items[parent]!;
      i = parent;
    }
    this.items[i] = item;
  }

  pop(): Candidate | undefined {
    const top = this.items[0];
    const last = this.items.pop();
    if (last === undefined || this.items.length === 0) return top;
    let i = 0;
    for (;;) {
      const left = 2 * i + 1;
      if (left >= this.items.length) break;
      const child = left + 1 < this.items.length && before(this.items[left + 1]!, this.items[left]!) ? left + 1 : left;
      if (!before(this.items[child]!, last)) break;
      this.items[i] = this.items[child]!;
      i = child;
    }
    this.items[i] = last;
    return top;
  }
}

function before(a: Candidate, b: Candidate): boolean {
  return a.rank !== b.rank ? a.rank < b.rank : a.left < b.left;
}

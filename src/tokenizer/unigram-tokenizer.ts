/**
 * The unigram model of SentencePiece (Kudo 2018, 1804.10959) as T5 uses it: words begin with "▁", and each is cut where the
 * sum of its pieces' log probabilities is highest. Ties and unknown characters as in Hugging Face `tokenizers`.
 */
import { AddedTokenSplitter, type AddedToken } from './added-tokens';
import { Aligned } from './aligned';
import type { Normalizer, Token } from './byte-level-tokenizer';
import { SPACE } from './unicode';

const WORD_START = '▁';
/** An unknown character costs this much more than the least likely piece. */
const UNKNOWN_PENALTY = 10;
const NOT_SPACE = new RegExp(`[^${SPACE}]+`, 'gv');

export interface UnigramRules {
  readonly added: readonly AddedToken[];
  readonly normalizers: readonly Normalizer[];
  /** Pieces with their log probabilities; a piece's place is its id. */
  readonly pieces: readonly (readonly [piece: string, score: number])[];
  readonly unknownId: number;
}

/** A branch of the trie of all pieces, by UTF-16 unit; `id` where a piece ends. */
interface Branch {
  id: number | null;
  readonly next: Map<string, Branch>;
}

export class UnigramTokenizer {
  private readonly raw: AddedTokenSplitter;
  private readonly normalized: AddedTokenSplitter;
  private readonly root: Branch = { id: null, next: new Map() };
  private readonly ids = new Map<string, number>();
  private readonly unknownScore: number;

  constructor(private readonly rules: UnigramRules) {
    this.raw = new AddedTokenSplitter(rules.added.filter((token) => !token.normalized));
    this.normalized = new AddedTokenSplitter(rules.added.filter((token) => token.normalized));
    rules.pieces.forEach(([piece], id) => this.add(piece, id));
    this.unknownScore = rules.pieces.reduce((low, [, score]) => Math.min(low, score), 0) - UNKNOWN_PENALTY;
  }

  tokens(text: string): Token[] {
    return this.raw.split(Aligned.of(text)).flatMap((outer) => {
      if (outer.token !== null) return [{ id: outer.token.id, ...outer.text.span(0, outer.text.text.length) }];
      const normalized = this.rules.normalizers.reduce((current, step) => step(current), outer.text);
      return this.normalized.split(normalized).flatMap((inner) =>
        inner.token === null ? this.words(inner.text).flatMap((word) => this.cut(word)) : [{ id: inner.token.id, ...inner.text.span(0, inner.text.text.length) }]);
    });
  }

  private add(piece: string, id: number): void {
    this.ids.set(piece, id);
    let branch = this.root;
    for (const unit of piece.split('')) {
      const next = branch.next.get(unit) ?? { id: null, next: new Map<string, Branch>() };
      branch.next.set(unit, next);
      branch = next;
    }
    branch.id = id;
  }

  /** Stretches without white space, each begun with "▁" and cut before every other "▁". */
  private words(text: Aligned): Aligned[] {
    return Array.from(text.text.matchAll(NOT_SPACE), (match) => text.slice(match.index, match.index + match[0].length)).flatMap((stretch) => {
      const word = stretch.text.startsWith(WORD_START) ? stretch : stretch.prepend(WORD_START);
      return Array.from(word.text.matchAll(/▁[^▁]*/g), (match) => word.slice(match.index, match.index + match[0].length));
    });
  }

  /** The best path through a word (Viterbi), unknown characters in a row joined. */
  private cut(word: Aligned): Token[] {
    const { text } = word;
    const score = new Float64Array(text.length + 1).fill(-Infinity);
    const from = new Int32Array(text.length + 1).fill(-1);
    const id = new Int32Array(text.length + 1);
    score[0] = 0;
    const offer = (start: number, end: number, piece: number, cost: number) => {
      const candidate = score[start]! + cost;
      if (from[end]! >= 0 && candidate <= score[end]!) return;
      score[end] = candidate;
      from[end] = start;
      id[end] = piece;
    };
    for (let start = 0; start < text.length; ) {
      const single = start + (text.codePointAt(start)! > 0xffff ? 2 : 1);
      let known = false;
      let branch: Branch | undefined = this.root;
      for (let end = start; end < text.length && (branch = branch.next.get(text[end]!)); end++) {
        if (branch.id === null) continue;
        offer(start, end + 1, branch.id, this.rules.pieces[branch.id]![1]);
        known ||= end + 1 === single;
      }
      if (!known) offer(start, single, this.rules.unknownId, this.unknownScore);
      start = single;
    }
    return this.backwards(word, from, id);
  }

  private backwards(word: Aligned, from: Int32Array, id: Int32Array): Token[] {
    const { unknownId } = this.rules;
    const found: { id: number; start: number; end: number }[] = [];
    for (let end = word.text.length; end > 0; end = from[end]!) {
      const start = from[end]!;
      const last = found.at(-1);
      if (last && last.id === unknownId && id[end] === unknownId) last.start = start;
      else found.push({ id: id[end]!, start, end });
    }
    return found.reverse().map(({ start, end }) => ({ id: this.ids.get(word.text.slice(start, end)) ?? unknownId, ...word.span(start, end) }));
  }
}

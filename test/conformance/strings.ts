/** The 10,000 strings of recipes/conformance/token_ids.py, made step by step in the same way; see there for what they are. */

const WORDS = "a red Heart ICON on the blue circle, photograph of an astronaut riding; highly-detailed 4K (masterpiece:1.2) don't it's we've I'll café naïve straße Ångström".split(' ');
const PUNCTUATION = [' ', '  ', ', ', '. ', '!', '!!', '?', '...', ' - ', '_', '/', '\\', '"', "'", '(', ')', '[', ']', '{', '}', '<', '>', '|', '&', '#', '@', '$', '%', '^', '*', '+', '=', '~', '`', '’', '“', '—', '…'];
const SPACES = [0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20, 0x85, 0xa0, 0x1680, 0x180e, 0x2000, 0x2003, 0x2007, 0x2009, 0x200b, 0x200c, 0x200d, 0x2028, 0x2029, 0x202f, 0x205f, 0x2060, 0x3000, 0xfeff, 0xad, 0x00, 0x07, 0x1b, 0x7f, 0x80, 0x9f, 0xfffd, 0xfffe, 0xe0001];
const BASES = [0x41, 0x65, 0x6f, 0x71, 0x1d2, 0x3b1, 0x3c9, 0x43a, 0x5d0, 0x627, 0x915, 0x9a1, 0xac00, 0xac1c, 0x1100, 0x1112, 0x3042, 0x304b, 0x30cf, 0x4e00, 0xfb01, 0x1e9e, 0x212b, 0x2126, 0x11131, 0x1d157];
const MARKS = [0x300, 0x301, 0x302, 0x303, 0x308, 0x30a, 0x323, 0x327, 0x328, 0x345, 0x5b0, 0x5bc, 0x64b, 0x653, 0x93c, 0x9be, 0x9d7, 0x1161, 0x1175, 0x11a8, 0x11c2, 0x3099, 0x309a, 0x20d2, 0x20e3, 0xfe0f, 0x11127, 0x1d165, 0x1d16e, 0x897, 0x1acf, 0x1e4ec];
const EMOJI = [0x1f600, 0x1f468, 0x1f469, 0x1f467, 0x1f3fb, 0x1f3ff, 0x200d, 0xfe0f, 0xfe0e, 0x2764, 0x1f525, 0x1f1e9, 0x1f1ea, 0x1f3f4, 0xe0067, 0xe007f, 0x31, 0x20e3, 0x1fae8, 0x1f9d1, 0x2640, 0x2b50, 0x1face];
const CASES = [0x130, 0x131, 0x3a3, 0x3c2, 0x3c3, 0x1e9e, 0xdf, 0x1c4, 0x1c5, 0x149, 0xfb00, 0x2126, 0x212a, 0x13a0, 0xab70, 0x10a0, 0x1c90, 0x10400, 0x1e900, 0x118a0, 0x16e40, 0x2c2f, 0xa7dc, 0x1c89, 0x24b6, 0x2160, 0xff21, 0x390, 0x1f88, 0x41, 0x7a, 0x53, 0x20];
const NUMBERS = [0x30, 0x31, 0x39, 0x660, 0x966, 0xb2, 0xb9, 0xbd, 0x2150, 0x2160, 0x2183, 0x3007, 0x3021, 0x2460, 0x0f33, 0x10107, 0x1d7ce, 0x1f100, 0x16b50, 0x11de1, 0x1ccf0, 0x10d40];
const SPECIALS = ['<|startoftext|>', '<|endoftext|>', '<|STARTOFTEXT|>', '<|EndOfText|>', '<|endoftext|', '</w>', '<pad>', '</s>', '<unk>', '<s>', '<extra_id_0>', '<extra_id_99>', '<bos>', '<eos>', '<placeholder-1>', '<placeholder-9>', '!', '!!', 'Ġ', '▁', '##'];

/** mulberry32. */
export class Random {
  constructor(private state: number) {}

  below(n: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % n;
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
}

const times = (count: number, make: () => string): string => Array.from({ length: count }, make).join('');

function scalar(random: Random, below: number): string {
  const code = random.below(below);
  return String.fromCodePoint(code >= 0xd800 && code < 0xe000 ? code + 0x800 : code);
}

function string(random: Random, kind: number): string {
  const length = 1 + random.below(12);
  const one = (codes: readonly number[]) => String.fromCodePoint(random.of(codes));
  switch (kind) {
    case 0: return times(length, () => random.of(WORDS) + random.of(PUNCTUATION));
    case 1: return times(length, () => scalar(random, 0x10f800));
    case 2: return times(length, () => scalar(random, 0x3000));
    case 3: return times(length, () => one(BASES) + times(random.below(4), () => one(MARKS)));
    case 4: return times(length, () => one(EMOJI)) + random.of(WORDS);
    case 5: return times(length, () => one(SPACES) + (random.below(2) ? random.of(WORDS) : ''));
    case 6: return times(length, () => one(CASES));
    case 7: {
      const letters = [random.of(WORDS), random.of(WORDS), random.of(WORDS), one(CASES), 'x'];
      return times(20 * length, () => random.of(letters));
    }
    case 8: return times(2 * length, () => (random.below(3) ? one(NUMBERS) : random.of(["'s", "'S", "'ll", '’s', "'re", "''t", 'st', '.', ',', ' '])));
    default: return times(length, () => random.of(SPECIALS) + random.of(['', '', ' ', '  ', '\n', 'wow', 'A', 'é']));
  }
}

/** All of them, in order. */
export function strings(): string[] {
  const random = new Random(20261122);
  return Array.from({ length: 10_000 }, (_, i) => string(random, i % 10));
}

/** FNV-1a over each number as four bytes, low byte first. */
export function fnv(numbers: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (const number of numbers) {
    for (const shift of [0, 8, 16, 24]) hash = Math.imul(hash ^ ((number >> shift) & 255), 0x01000193);
  }
  return hash >>> 0;
}

/** The lints that need captions only. */
import { nameOf } from './assemble-dataset';
import { placeInCaption } from './caption-place';
import type { CaptionSource, Dataset, DatasetEntry } from './dataset';
import { DatasetError } from './error';
import type { Lint } from './lint';
import { newCaption, usualExtension } from './new-caption';
import type { TimeSlice } from './time-slice';
import { likelyTypos, wordsOf } from './typos';

export interface CaptionLintOptions {
  /** Ids of a text without start and end, as `Tokenizer.count`. It also tells words from typos: a word of one id is in a dictionary. */
  countTokens?: (text: string) => number;
  /** Ids that fit, without start and end (for CLIP 75). Needs `countTokens`. */
  maxTokens?: number;
}

type Captioned = DatasetEntry & { readonly caption: string; readonly source: CaptionSource };

/** In the order of entries, kind after kind. */
export async function lintCaptions(dataset: Dataset, options: CaptionLintOptions, slice: TimeSlice): Promise<Lint[]> {
  const captioned = dataset.entries.filter((entry): entry is Captioned => entry.caption !== null && entry.caption !== '' && entry.source !== null);
  return [...missing(dataset), ...(await tooLong(captioned, options, slice)), ...(await duplicates(captioned, slice)), ...(await typos(captioned, options, slice))];
}

function missing(dataset: Dataset): Lint[] {
  const lacking = dataset.entries.filter(({ caption }) => caption === null || caption === '');
  const extension = lacking.length > 0 ? usualExtension(dataset) : '.txt';
  return lacking.map((entry): Lint => {
    if (entry.source === null) return withoutCaption(dataset, entry.picture, extension);
    return { code: 'empty-caption', severity: 'warning', message: `the caption of ${entry.picture} is empty; say what the picture shows`, where: placeInCaption(entry.source, ''), related: [{ file: entry.picture }] };
  });
}

function withoutCaption(dataset: Dataset, picture: string, extension: '.txt' | '.caption'): Lint {
  const remark = { code: 'picture-without-caption', severity: 'warning', where: { file: picture } } as const;
  try {
    const edit = newCaption(dataset, picture, '', extension);
    const title = edit.kind === 'create' ? `Create ${nameOf(edit.file)}` : `Add a Line to ${edit.file}`;
    return { ...remark, message: `${picture} has no caption; write one in ${edit.file}`, fix: { title, edits: [edit] } };
  } catch (error) {
    if (error instanceof DatasetError) return { ...remark, message: error.message };
    throw error;
  }
}

async function tooLong(captioned: readonly Captioned[], { countTokens, maxTokens }: CaptionLintOptions, slice: TimeSlice): Promise<Lint[]> {
  if (!countTokens || maxTokens === undefined) return [];
  const lints: Lint[] = [];
  for (const { caption, source } of captioned) {
    const count = countTokens(caption);
    if (count > maxTokens) {
      const message = `${count} tokens, and the model reads ${maxTokens}; shorten the caption by ${count - maxTokens}`;
      lints.push({ code: 'caption-too-long', severity: 'warning', message, where: placeInCaption(source, caption, firstUnread(caption, countTokens, maxTokens)) });
    }
    if (slice.isOver()) await slice.rest();
  }
  return lints;
}

/** Offset of the first word that does not fit whole, by bisection over the words' ends. */
function firstUnread(caption: string, countTokens: (text: string) => number, maxTokens: number): number {
  const words = [...caption.matchAll(/\S+/g)].map(({ 0: word, index }) => ({ start: index, end: index + word.length }));
  let [fits, not] = [0, words.length];
  while (fits < not) {
    const middle = (fits + not) >> 1;
    if (countTokens(caption.slice(0, words[middle]!.end)) <= maxTokens) fits = middle + 1;
    else not = middle;
  }
  return words[fits]?.start ?? 0;
}

async function duplicates(captioned: readonly Captioned[], slice: TimeSlice): Promise<Lint[]> {
  const groups = new Map<string, Captioned[]>();
  for (const entry of captioned) {
    const key = entry.caption.normalize('NFC').toLowerCase().replace(/\s+/g, ' ');
    const group = groups.get(key);
    if (group) group.push(entry);
    else groups.set(key, [entry]);
    if (slice.isOver()) await slice.rest();
  }
  const lints: Lint[] = [];
  for (const group of groups.values()) {
    // One line of metadata per picture, but one text may stand beside both `a.png` and `a.jpg`.
    if (new Set(group.map(({ source }) => `${source.file}:${source.span.start}`)).size < 2) continue;
    const others = group.length - 1;
    group.forEach((entry, index) => {
      const other = group[index === 0 ? 1 : 0]!;
      const message = `the same caption as ${other.picture}${others > 1 ? ` and ${others - 1} more` : ''}; say what tells them apart`;
      lints.push({ code: 'duplicate-caption', severity: 'information', message, where: placeInCaption(entry.source, entry.caption), related: [placeInCaption(other.source, other.caption)] });
    });
    if (slice.isOver()) await slice.rest();
  }
  return lints;
}

async function typos(captioned: readonly Captioned[], { countTokens }: CaptionLintOptions, slice: TimeSlice): Promise<Lint[]> {
  const counts = new Map<string, number>();
  for (const { caption } of captioned) {
    for (const word of new Set(wordsOf(caption).map(({ word }) => word))) counts.set(word, (counts.get(word) ?? 0) + 1);
    if (slice.isOver()) await slice.rest();
  }
  const found = await likelyTypos(counts, countTokens && ((word) => countTokens(word) === 1), slice);
  if (found.size === 0) return [];
  const lints: Lint[] = [];
  for (const { caption, source } of captioned) {
    for (const { word, start, end } of wordsOf(caption)) {
      const meant = found.get(word);
      if (meant === undefined) continue;
      const where = placeInCaption(source, caption, start, end);
      const newText = inCaseOf(caption.slice(start, end), meant);
      const message = `“${caption.slice(start, end)}” occurs ${times(counts.get(word)!)}, “${meant}” in ${counts.get(meant)!} captions; is that what you mean?`;
      lints.push({ code: 'likely-typo', severity: 'information', message, where, fix: { title: `Change to “${newText}”`, edits: where.range ? [{ kind: 'replace', file: where.file, span: where.range, newText: source.kind === 'jsonl' ? JSON.stringify(newText).slice(1, -1) : newText }] : [] } });
    }
    if (slice.isOver()) await slice.rest();
  }
  return lints;
}

function times(count: number): string {
  return count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`;
}

function inCaseOf(example: string, word: string): string {
  if (example.length > 1 && example === example.toUpperCase()) return word.toUpperCase();
  return /^\p{Lu}/u.test(example) ? word.slice(0, 1).toUpperCase() + word.slice(1) : word;
}

/** What a folder of captioned pictures is once read. */
import type { CaptionFile } from './caption-file';
import type { Lint, Position } from './lint';
import type { Span } from '../prompt';

/** Where a caption is written down. */
export interface CaptionSource {
  /** Relative to the dataset's folder, with forward slashes. */
  readonly file: string;
  /** A text file beside the picture, or a line of `metadata.jsonl`. */
  readonly kind: 'text' | 'jsonl';
  /** The caption's characters in the file's text: without white space around; of a JSON string, what is between its quotes. */
  readonly span: Span;
  /** Where the span starts. */
  readonly from: Position;
  /** The file's own characters, where they are not the caption itself (escapes, CRLF). */
  readonly raw?: string;
}

/** One picture. `caption` is `null` if nothing says one, and empty if its place is there but holds none. */
export interface DatasetEntry {
  /** Relative to the dataset's folder, with forward slashes. */
  readonly picture: string;
  /** Without white space around, line ends as LF. */
  readonly caption: string | null;
  readonly source: CaptionSource | null;
}

/** `captions` counts pictures that have one with something in it: `captions + without === pictures`. */
export interface DatasetCounts {
  readonly pictures: number;
  readonly captions: number;
  readonly without: number;
  /** Captions that belong to no picture. */
  readonly orphans: number;
}

/** What was found on the disk, before captions and pictures are brought together. */
export interface DatasetFiles {
  /** Absolute, links resolved. */
  readonly root: string;
  /** Every file, relative, in order of code units. */
  readonly files: readonly string[];
  /** Caption files by path. */
  readonly texts: ReadonlyMap<string, CaptionFile>;
  /** Remarks of the listing: links that lead out. */
  readonly refused: readonly Lint[];
}

export interface Dataset extends DatasetFiles {
  /** In the order of their paths. */
  readonly entries: readonly DatasetEntry[];
  readonly counts: DatasetCounts;
  /** What reading found wrong; part of what `lintDataset` gives. */
  readonly problems: readonly Lint[];
}

/** The sentence that is shown before anything trains: `3 pictures, 2 captions, 1 without`. */
export function formatCounts({ pictures, captions, without, orphans }: DatasetCounts): string {
  const some = (count: number, name: string) => `${count.toLocaleString('en-US')} ${name}${count === 1 ? '' : 's'}`;
  const sentence = `${some(pictures, 'picture')}, ${some(captions, 'caption')}, ${without.toLocaleString('en-US')} without`;
  return orphans === 0 ? sentence : `${sentence}; ${some(orphans, 'caption')} without a picture`;
}

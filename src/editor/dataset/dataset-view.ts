/**
 * What a dataset panel shows of a dataset: which pictures pass its filter, and what there is to say of each. Pure, and in
 * slices of time, because a set may hold 100,000 pictures.
 */
import { TimeSlice, type Dataset, type DatasetEntry, type Lint } from '../../dataset';
import type { DatasetFilter } from '../../messages';

export interface DatasetView {
  /** Those that pass the filter, in the dataset's order. */
  readonly shown: readonly DatasetEntry[];
  /** How many pictures each choice of `show` would leave, whatever the text. */
  readonly numbers: { readonly all: number; readonly without: number; readonly remarks: number };
  /** By picture; none for pictures that nothing is said of. */
  readonly remarks: ReadonlyMap<string, readonly Lint[]>;
}

/** Every word of the filter's text must occur in the picture's path or caption, in any case. Rejects when aborted. */
export async function viewDataset(dataset: Pick<Dataset, 'entries' | 'counts'>, lints: readonly Lint[], filter: DatasetFilter, signal?: AbortSignal): Promise<DatasetView> {
  const slice = new TimeSlice(signal);
  const remarks = await remarksByPicture(dataset, lints, slice);
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const shown: DatasetEntry[] = [];
  for (const entry of dataset.entries) {
    if (slice.isOver()) await slice.rest();
    if (filter.show === 'without' && entry.caption) continue;
    if (filter.show === 'remarks' && !remarks.has(entry.picture)) continue;
    if (words.length > 0) {
      const text = `${entry.picture}\n${entry.caption ?? ''}`.toLowerCase();
      if (!words.every((word) => text.includes(word))) continue;
    }
    shown.push(entry);
  }
  return { shown, numbers: { all: dataset.counts.pictures, without: dataset.counts.without, remarks: remarks.size }, remarks };
}

/** A remark on a caption is one on its picture; what belongs to no picture is left to Problems. */
async function remarksByPicture({ entries }: Pick<Dataset, 'entries'>, lints: readonly Lint[], slice: TimeSlice): Promise<Map<string, Lint[]>> {
  const wanted = new Set(lints.map(({ where }) => where.file));
  const pictures = new Map<string, string[]>();
  for (const { picture, source } of entries) {
    if (slice.isOver()) await slice.rest();
    if (wanted.has(picture)) append(pictures, picture, picture);
    if (source && wanted.has(source.file)) append(pictures, placeKey(source.file, source.kind === 'jsonl' ? source.from.line : null), picture);
  }
  const remarks = new Map<string, Lint[]>();
  for (const lint of lints) {
    const { file, range } = lint.where;
    for (const picture of pictures.get(placeKey(file, range?.from.line ?? null)) ?? pictures.get(placeKey(file, null)) ?? []) append(remarks, picture, lint);
    if (slice.isOver()) await slice.rest();
  }
  return remarks;
}

/** A line of metadata has a picture of its own; any line of a text is the picture beside it. */
function placeKey(file: string, line: number | null): string {
  return line === null ? file : `${file}\n${line}`;
}

function append<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/** Which picture each line of a caption file belongs to, and what there is to say of it. Pure. */
import type { Dataset, Lint } from '../../dataset';

export interface CaptionLine {
  /** Zero-based. Of a text beside its picture, the first. */
  readonly line: number;
  /** Relative to the dataset's folder. */
  readonly picture: string;
  /** Remarks on this caption, or on its picture. */
  readonly remarks: readonly Lint[];
}

/** In the order of lines; a text beside two pictures of one name is named with both. */
export function withCaptionLines({ entries }: Pick<Dataset, 'entries'>, lints: readonly Lint[], file: string): CaptionLine[] {
  const lines = entries.flatMap(({ picture, source }) => (source?.file === file ? [{ line: source.kind === 'jsonl' ? source.from.line : 0, picture, isText: source.kind === 'text' }] : []));
  const here = lints.filter(({ where }) => where.file === file);
  const ofPicture = new Map<string, Lint[]>();
  for (const lint of lints) ofPicture.set(lint.where.file, [...(ofPicture.get(lint.where.file) ?? []), lint]);
  return lines
    .map(({ line, picture, isText }) => ({ line, picture, remarks: [...here.filter(({ where }) => isText || where.range?.from.line === line), ...(ofPicture.get(picture) ?? [])] }))
    .sort((a, b) => a.line - b.line);
}

/** Where a picture that has no caption gets one. */
import { folderOf, nameOf, withoutExtension } from './assemble-dataset';
import { metadataLine } from './caption-edit';
import type { Dataset } from './dataset';
import { DatasetError } from './error';
import type { FileEdit } from './lint';

/**
 * A line where the folder's captions are lines, else a file beside the picture, named as most of the set's are. Throws
 * `DatasetError` if that file is there already and cannot be read: making it again would lose what it holds, or do nothing.
 */
export function newCaption(dataset: Pick<Dataset, 'entries' | 'texts' | 'refused'>, picture: string, caption: string, extension = usualExtension(dataset)): FileEdit {
  const folder = folderOf(picture);
  const file = folder === '' ? 'metadata.jsonl' : `${folder}/metadata.jsonl`;
  const metadata = dataset.texts.get(file);
  if (metadata?.kind !== 'jsonl') {
    const beside = `${withoutExtension(picture)}${extension}`;
    if (dataset.texts.get(beside)?.kind === 'unreadable' || dataset.refused.some(({ where }) => where.file === beside)) throw new DatasetError(`${beside} is there and cannot be read, so ${picture} gets no caption; mend or delete that file first`);
    return { kind: 'create', file: beside, text: caption === '' ? '' : `${caption}\n` };
  }
  return { kind: 'replace', file, span: { start: metadata.end, end: metadata.end }, newText: `${metadata.endsInLine ? '\n' : ''}${metadataLine(nameOf(picture), caption)}\n` };
}

/** What most of this set's captions lie in, judged by its first thousand. */
export function usualExtension({ entries }: Pick<Dataset, 'entries'>): '.txt' | '.caption' {
  let balance = 0;
  for (const { source } of entries.slice(0, 1000)) balance += /\.caption$/i.test(source?.file ?? '') ? 1 : source?.kind === 'text' ? -1 : 0;
  return balance > 0 ? '.caption' : '.txt';
}

/** Where a picture that has no caption gets one. */
import { folderOf, nameOf, withoutExtension } from './assemble-dataset';
import { metadataLine } from './caption-edit';
import type { Dataset } from './dataset';
import type { FileEdit } from './lint';

/** A line where the folder's captions are lines, else a file beside the picture, named as most of the set's are. */
export function newCaption(dataset: Pick<Dataset, 'entries' | 'texts'>, picture: string, caption: string, extension = usualExtension(dataset)): FileEdit {
  const folder = folderOf(picture);
  const file = folder === '' ? 'metadata.jsonl' : `${folder}/metadata.jsonl`;
  const metadata = dataset.texts.get(file);
  if (metadata?.kind !== 'jsonl') return { kind: 'create', file: `${withoutExtension(picture)}${extension}`, text: caption === '' ? '' : `${caption}\n` };
  return { kind: 'replace', file, span: { start: metadata.end, end: metadata.end }, newText: `${metadata.endsInLine ? '\n' : ''}${metadataLine(nameOf(picture), caption)}\n` };
}

/** What most of this set's captions lie in, judged by its first thousand. */
export function usualExtension({ entries }: Pick<Dataset, 'entries'>): '.txt' | '.caption' {
  let balance = 0;
  for (const { source } of entries.slice(0, 1000)) balance += /\.caption$/i.test(source?.file ?? '') ? 1 : source?.kind === 'text' ? -1 : 0;
  return balance > 0 ? '.caption' : '.txt';
}

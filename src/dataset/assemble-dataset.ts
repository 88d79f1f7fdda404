/** Brings pictures and captions together: which picture a caption belongs to, and what belongs to nothing. */
import { isAbsolutePath, joinPath } from '../prompt';
import { isCaptionText, isMetadataFile, readCaptionFile, type CaptionFile } from './caption-file';
import { placeInCaption } from './caption-place';
import type { CaptionSource, Dataset, DatasetEntry, DatasetFiles } from './dataset';
import type { DatasetFix, Lint, Place, TextRange } from './lint';
import type { MetadataLine } from './metadata-jsonl';
import { TimeSlice } from './time-slice';

const PICTURE = /[^/]\.(?:png|jpe?g|webp)$/i;
/** Files a person may take for part of the dataset, and that nothing reads. */
const OTHER_PICTURE = /[^/]\.(?:gif|bmp|tiff?|avif|heic|jxl)$/i;
const OTHER_CAPTIONS = /(?:^|\/)metadata\.(?:csv|parquet|json)$/i;
const NOT_ASCII = /[^\u0000-\u007f]/;
/** Texts that folders of pictures hold and that caption nothing. */
const NOT_A_CAPTION = /(?:^|\/)(?:readme|licen[cs]e|notice|changelog|credits|classes|requirements)\.txt$/i;

interface Caption {
  readonly caption: string;
  readonly source: CaptionSource;
  /** Of a line of metadata. */
  readonly fileNameRange?: TextRange;
}

/** The dataset that these files make. A picture's caption is `x.txt`, else `x.caption`, else its first line of metadata. */
export async function assembleDataset(files: DatasetFiles, slice = new TimeSlice()): Promise<Dataset> {
  const pictures = new Set<string>();
  const stems = new Map<string, string[]>();
  // One system keeps é as one character and another as two, so a name may come in either form.
  const composed = new Map<string, string>();
  const asListed = (names: { has(name: string): boolean }, name: string) => (names.has(name) ? name : (composed.get(name.normalize('NFC')) ?? name));
  const problems: Lint[] = [...files.refused];
  for (const file of files.files) {
    if (PICTURE.test(file)) {
      pictures.add(file);
      append(stems, withoutExtension(file), file);
      for (const name of [file, withoutExtension(file)]) if (NOT_ASCII.test(name)) composed.set(name.normalize('NFC'), name);
    } else problems.push(...notRead(file));
    if (slice.isOver()) await slice.rest();
  }

  const found = new Map<string, Caption[]>();
  const orphans: Lint[] = [];
  for (const [file, text] of inOrder(files)) {
    if (text.kind === 'unreadable') problems.push(text.problem);
    else if (text.kind === 'text') {
      const owners = stems.get(asListed(stems, withoutExtension(file))) ?? [];
      for (const picture of owners) append(found, picture, text);
      if (owners.length === 0 && !NOT_A_CAPTION.test(file)) orphans.push(orphanText(file, stems, pictures, files.texts));
    } else {
      problems.push(...text.problems);
      for (const line of text.lines) {
        const named = pictureOf(file, line);
        const picture = named === null ? null : asListed(pictures, named);
        if (picture !== null && pictures.has(picture)) append(found, picture, line);
        else orphans.push(orphanLine(file, line, named));
        if (slice.isOver()) await slice.rest();
      }
    }
    if (slice.isOver()) await slice.rest();
  }

  const entries: DatasetEntry[] = [];
  let captions = 0;
  for (const picture of pictures) {
    const all = found.get(picture) ?? [];
    // An empty text beside a picture must not hide what its metadata says.
    const first = all.find(({ caption }) => caption !== '') ?? all[0];
    entries.push({ picture, caption: first?.caption ?? null, source: first?.source ?? null });
    if (first?.caption) captions++;
    if (first && all.length > 1) problems.push(...all.filter((other) => other !== first).map((other) => twice(picture, first, other)));
    if (slice.isOver()) await slice.rest();
  }
  const counts = { pictures: entries.length, captions, without: entries.length - captions, orphans: orphans.length };
  return { ...files, entries, counts, problems: problems.concat(orphans) };
}

/** The dataset after one caption file has another text, as when somebody types in it; `null` if the file is gone. */
export async function withCaptionText(dataset: Dataset, file: string, text: string | null, signal?: AbortSignal): Promise<Dataset> {
  const slice = new TimeSlice(signal);
  return withCaptionFile(dataset, file, text === null ? null : await readCaptionFile(file, text, slice), slice);
}

/** The dataset after one caption file is another. */
export async function withCaptionFile(dataset: Dataset, file: string, read: CaptionFile | null, slice: TimeSlice): Promise<Dataset> {
  const texts = new Map(dataset.texts);
  if (read === null) texts.delete(file);
  else texts.set(file, read);
  const isKnown = read !== null && dataset.texts.has(file);
  const others = isKnown ? [] : dataset.files.filter((other) => other !== file);
  const files = isKnown ? dataset.files : read === null ? others : [...others, file].sort();
  return assembleDataset({ root: dataset.root, files, texts, refused: dataset.refused }, slice);
}

/** Texts beside pictures before metadata, `.txt` before `.caption`, deeper metadata before what stands above it. */
function inOrder({ files, texts }: DatasetFiles): [string, CaptionFile][] {
  const rank = (file: string) => (isMetadataFile(file) ? 2 : /\.caption$/i.test(file) ? 1 : 0);
  const depth = (file: string) => file.split('/').length;
  const groups: [string, CaptionFile][][] = [[], [], []];
  // Readers finish in any order, so the map's own order means nothing.
  for (const file of files) {
    const text = texts.get(file);
    if (text) groups[rank(file)]!.push([file, text]);
  }
  return [...groups[0]!, ...groups[1]!, ...groups[2]!.sort(([a], [b]) => depth(b) - depth(a) || (a < b ? -1 : 1))];
}

/** The picture a line names, relative to the dataset; `null` if that leads out of it. */
function pictureOf(file: string, { fileName }: MetadataLine): string | null {
  if (isAbsolutePath(fileName)) return null;
  const folder = folderOf(file);
  let depth = folder === '' ? 0 : folder.split('/').length;
  for (const part of fileName.split('/')) {
    if (part === '..') depth--;
    else if (part !== '' && part !== '.') depth++;
    if (depth < 0) return null;
  }
  return joinPath(`/${folder}`, fileName).slice(1);
}

function orphanLine(file: string, line: MetadataLine, picture: string | null): Lint {
  const where = { file, range: line.fileNameRange };
  const fix: DatasetFix = { title: 'Remove This Line', edits: [{ kind: 'replace', file, span: line.lineSpan, newText: '' }] };
  return picture === null
    ? { code: 'outside-folder', severity: 'error', message: `${line.fileName} leads out of the dataset's folder and is not read; name a picture inside it`, where, fix }
    : { code: 'caption-without-picture', severity: 'warning', message: `there is no picture ${picture}; mend the name or remove the line`, where, fix };
}

/** A picture of the same name in another folder, or with its extension in the caption's name (`x.png.txt`), is what was meant. */
function orphanText(file: string, stems: ReadonlyMap<string, readonly string[]>, pictures: ReadonlySet<string>, texts: ReadonlyMap<string, unknown>): Lint {
  const stem = withoutExtension(file);
  const extension = file.slice(stem.length);
  const name = nameOf(stem);
  const likely = pictures.has(stem) ? withoutExtension(stem) : [...new Set([`${parentOf(file)}${name}`, `${parentOf(file)}images/${name}`])].find((other) => stems.has(other));
  const message = `no picture beside it is called ${name}.png, .jpg or .webp, so this caption is not used`;
  if (likely === undefined || texts.has(`${likely}${extension}`)) return { code: 'caption-without-picture', severity: 'warning', message, where: { file } };
  const to = `${likely}${extension}`;
  const fix: DatasetFix = { title: `Move to ${to}`, edits: [{ kind: 'rename', file, to }] };
  return { code: 'caption-without-picture', severity: 'warning', message: `${message}; ${to} would be`, where: { file }, fix };
}

function twice(picture: string, first: Caption, other: Caption): Lint {
  const same = first.caption === other.caption;
  const message = `${picture} already has ${same ? 'this' : 'another'} caption, in ${first.source.file}${first.source.kind === 'jsonl' ? ` line ${first.source.from.line + 1}` : ''}; this one is not used`;
  return { code: 'two-captions', severity: same ? 'information' : 'warning', message, where: placeOf(other), related: [placeOf(first)] };
}

function placeOf({ caption, source, fileNameRange }: Caption): Place {
  return fileNameRange ? { file: source.file, range: fileNameRange } : placeInCaption(source, caption);
}

function notRead(file: string): Lint[] {
  if (isCaptionText(file) || isMetadataFile(file)) return [];
  if (OTHER_PICTURE.test(file)) return [{ code: 'unsupported-file', severity: 'warning', message: `${file} is not used: pictures are PNG, JPEG or WebP; convert it`, where: { file } }];
  if (OTHER_CAPTIONS.test(file)) return [{ code: 'unsupported-file', severity: 'warning', message: `${file} is not read: captions are text files beside the pictures, or metadata.jsonl`, where: { file } }];
  return [];
}

function append<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/** With a slash at its end; of a folder at the top, nothing. */
function parentOf(file: string): string {
  const above = folderOf(folderOf(file));
  return above === '' ? '' : `${above}/`;
}

export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function withoutExtension(path: string): string {
  return path.slice(0, path.lastIndexOf('.'));
}

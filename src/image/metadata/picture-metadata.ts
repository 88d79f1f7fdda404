/** Reads everything that a picture says about itself, whoever wrote it. */
import { comfyInfotext } from './comfyui';
import { type EaselRecord, parseEaselRecord } from './easel-record';
import { readExifTexts, type ExifTexts } from './exif';
import { readPictureHead } from './exif-containers';
import { invokeInfotext } from './invokeai';
import { isPng, readPngChunks } from './png-chunks';
import { readTextChunks } from './text-chunks';

export interface PictureMetadata {
  format: 'png' | 'jpeg' | 'webp' | null;
  /** Pixels. */
  width?: number;
  height?: number;
  /** The `parameters` text as it stands in the file (EXIF's UserComment wins, as in A1111). */
  parameters: string | null;
  /** What Easel wrote, if it did and it can be read. */
  easel: EaselRecord | null;
  /** One line that says why the file cannot be trusted (cut short, a damaged chunk, a newer record); `null` if it can. */
  problem: string | null;
  tool: 'easel' | 'a1111' | 'comfyui' | 'invokeai' | null;
  /** The parameters as A1111 infotext, whichever tool wrote them. */
  infotext: string | null;
  /** A Git LFS pointer that stands where the picture should. */
  isLfsPointer: boolean;
}

const LFS_POINTER = 'version https://git-lfs.github.com/spec/';

/** Never throws. Bytes that are no picture give `format: null` and nothing else. */
export function readPictureMetadata(bytes: Uint8Array): PictureMetadata {
  const nothing: PictureMetadata = { format: null, parameters: null, easel: null, problem: null, tool: null, infotext: null, isLfsPointer: false };
  if (isPng(bytes)) return { ...nothing, ...readPng(bytes) };
  const head = readPictureHead(bytes);
  if (head) {
    const { exif, ...size } = head;
    const texts = exif ? readExifTexts(exif) : {};
    return { ...nothing, ...size, parameters: texts.userComment ?? null, ...describe(texts.userComment, exifTexts(texts)) };
  }
  const start = String.fromCharCode(...bytes.subarray(0, LFS_POINTER.length));
  if (start === LFS_POINTER) return { ...nothing, isLfsPointer: true, problem: 'it is a Git LFS pointer; run `git lfs pull`' };
  return { ...nothing, problem: bytes.length === 0 ? 'it is empty' : 'it is not a PNG, JPEG or WebP picture' };
}

function readPng(bytes: Uint8Array): Partial<PictureMetadata> {
  const { chunks, complete } = readPngChunks(bytes);
  const { texts, problems } = readTextChunks(chunks);
  const header = chunks.find((chunk) => chunk.type === 'IHDR' && chunk.data.length === 13)?.data;
  const view = header && new DataView(header.buffer, header.byteOffset, header.byteLength);
  const exif = chunks.find((chunk) => chunk.type === 'eXIf');
  const parameters = (exif && readExifTexts(exif.data).userComment) ?? texts.get('parameters');
  const record = texts.get('easel');
  const parsed = record === undefined ? undefined : parseEaselRecord(record);
  const easel = parsed && 'record' in parsed ? parsed.record : null;
  const problem =
    problems.get('easel') ??
    (parsed && 'problem' in parsed ? parsed.problem : undefined) ??
    (complete && view && chunks.some((chunk) => chunk.type === 'IDAT') ? undefined : 'it is cut short') ??
    problems.get('parameters');
  return {
    format: 'png',
    ...(view && { width: view.getUint32(0), height: view.getUint32(4) }),
    parameters: parameters ?? null,
    easel,
    problem: problem ?? null,
    ...(easel ? { tool: 'easel', infotext: parameters ?? null } : describe(parameters, texts)),
  };
}

/** formats.md section 5, reading order: a text that starts with `{` belongs to a JSON tool, any other is A1111's. */
function describe(parameters: string | undefined, texts: ReadonlyMap<string, string>): Pick<PictureMetadata, 'tool' | 'infotext'> {
  if (parameters !== undefined && !parameters.trimStart().startsWith('{')) return { tool: 'a1111', infotext: parameters };
  const invoke = texts.get('invokeai_metadata');
  const fromInvoke = invoke === undefined ? null : invokeInfotext(invoke);
  if (fromInvoke !== null) return { tool: 'invokeai', infotext: fromInvoke };
  const comfy = texts.get('prompt');
  const fromComfy = comfy === undefined ? null : comfyInfotext(comfy);
  if (fromComfy !== null || texts.has('workflow')) return { tool: 'comfyui', infotext: fromComfy };
  return { tool: null, infotext: null };
}

/** ComfyUI's WebP keeps `prompt:{…}` in Model and `workflow:{…}` in Make. */
function exifTexts({ make, model }: ExifTexts): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const text of [model, make]) {
    const match = /^(prompt|workflow):/.exec(text ?? '');
    if (match?.[1] && text) texts.set(match[1], text.slice(match[0].length));
  }
  return texts;
}

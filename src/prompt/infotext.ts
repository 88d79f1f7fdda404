/**
 * A1111's `parameters` text: prompt, `Negative prompt: …`, one line of parameters. Reading follows
 * `parse_generation_parameters` of A1111's infotext_utils.py; writing always gives `Negative prompt:`, more than three
 * keys, and RNG, because a reader takes their absence for something else.
 */
import { escapeLine, printParameterLine } from './line-escape';
import { isParameterLine, readPieces } from './parameter-line';
import { isInsideRoot } from './paths';
import type { GenerateRequest } from './request';
import { lacksRng } from './infotext-remarks';
import { escapeTemplate } from './template';

export interface Infotext {
  prompt: string;
  negativePrompt: string;
  /** In their order, unquoted, unknown ones included; a word without a colon has itself as its value. */
  parameters: [key: string, value: string][];
}

const NEGATIVE = 'Negative prompt:';

/** Reads an infotext. Total: without a parameter line everything is prompt. */
export function parseInfotext(text: string): Infotext {
  const lines = text.replace(/^\ufeff/, '').normalize('NFC').trim().split(/\r\n|\n|\r/);
  const last = lines.at(-1) ?? '';
  const pieces = last.trim().startsWith(NEGATIVE) ? [] : readPieces(last);
  const isParameters = pieces.filter(({ bare }) => !bare).length >= 3;
  if (isParameters) lines.pop();
  const prompt: string[] = [];
  const negative: string[] = [];
  let part = prompt;
  for (const line of lines.map((line) => line.trim())) {
    const opens = line.startsWith(NEGATIVE);
    if (opens) part = negative;
    part.push(opens ? line.slice(NEGATIVE.length).trim() : line.replace(/^\\(?=\\*Negative prompt:)/, ''));
  }
  const parameters = isParameters ? pieces.map(({ key, value }): [string, string] => [key, value]) : [];
  return { prompt: joined(prompt), negativePrompt: joined(negative), parameters };
}

/** Writes an infotext that `parseInfotext` and A1111 read back. Lines of text are trimmed. */
export function printInfotext({ prompt, negativePrompt, parameters }: Infotext): string {
  const guard = (line: string) => line.replace(/^(?=\\*Negative prompt:)/, '\\');
  const [opening = '', ...more] = trimmedLines(negativePrompt);
  const text = [...trimmedLines(prompt).map(guard), `${NEGATIVE} ${opening}`.trimEnd(), ...more.map(guard)];
  return [...text, lineOf(parameters)].join('\n');
}

/** The infotext of a picture: what `request` says, with adapters back in the text as tags. `version` names who drew it. */
export function formatInfotext(request: GenerateRequest, version = 'Easel'): string {
  const tokens = new Map(request.adapters.map((adapter) => [adapter.id, adapter.weight]));
  const inText = new Set<string>();
  const weighted = (text: string) =>
    text.replace(/<([^<>:]+)>/g, (tag, name: string) => {
      const weight = tokens.get(name);
      if (weight === undefined) return tag;
      inText.add(name);
      return weight === 1 ? tag : `<${name}:${weight}>`;
    });
  const [prompt, negativePrompt] = [weighted(request.prompt), weighted(request.negativePrompt)];
  const tags = request.adapters.filter(({ id }) => !inText.has(id)).map(({ id, weight }) => `<lora:${id}:${weight}>`);
  return printInfotext({ prompt: [prompt, ...tags].join(' ').trim(), negativePrompt, parameters: parametersOf(request, version) });
}

function parametersOf(request: GenerateRequest, version: string): [string, string][] {
  const { init, mask, model, output } = request;
  // From the root down: an absolute path would tell whose machine it was and mean nothing on another.
  const input = (path: string) => (output.root !== null && isInsideRoot(output.root, path) ? path.slice(output.root.length).replace(/^[\\/]+/, '') : (path.split(/[\\/]/).at(-1) ?? path)).replaceAll('\\', '/');
  return [
    ['Steps', String(request.steps)],
    ['Sampler', request.sampler ?? 'Automatic'],
    ['Schedule type', request.scheduleType],
    ['CFG scale', String(request.guidanceScale)],
    ['Seed', request.seed],
    ['Size', `${request.width}x${request.height}`],
    ...(model.sha256 === undefined ? [] : [['Model hash', model.sha256.slice(0, 10)] as [string, string]]),
    ['Model', model.id],
    ...(init === null ? [] : [['Denoising strength', String(request.denoisingStrength)], ['Init', input(init.path)]] as [string, string][]),
    ...(mask === null ? [] : [['Mask', input(mask.path)] as [string, string]]),
    ['CFG rescale', String(request.guidanceRescale)],
    ['CFG interval', request.guidanceInterval.join('-')],
    ['Perp-Neg', String(request.perpendicularNegative)],
    ['Dynamic thresholding', String(request.dynamicThresholding)],
    ['Eta', String(request.eta)],
    ['Clip skip', String(request.clipSkip)],
    ['RNG', request.rng === 'torch' ? 'CPU' : 'NV'],
    ['Prompt syntax', request.promptSyntax],
    ['Long prompt', request.longPrompt],
    ['Version', version],
  ];
}

/**
 * An infotext as a block of a prompt file, without heading: every key is kept, and text that the language would read as
 * something else is escaped. Where A1111 left RNG out it meant its GPU, so `RNG: NV` is written and a comment says so.
 */
export function infotextToBlock(infotext: string | Infotext): string {
  const { prompt, negativePrompt, parameters } = typeof infotext === 'string' ? parseInfotext(infotext) : infotext;
  const pairs = [...parameters];
  const isGpu = lacksRng(pairs.map(([key, value]) => ({ key, value })));
  if (isGpu) pairs.push(['RNG', 'NV']);
  const [opening = '', ...more] = trimmedLines(escapeTemplate(negativePrompt));
  const parameterLine = lineOf(pairs);
  return [
    ...(isGpu ? ['// A1111 wrote no RNG here, which means noise from its GPU: RNG: NV draws the same.'] : []),
    ...(prompt === '' ? [] : trimmedLines(escapeTemplate(prompt)).map(escapeLine)),
    `${NEGATIVE} ${opening}`.trimEnd(),
    ...more.map(escapeLine),
    ...(parameterLine === '' ? [] : [parameterLine]),
    '',
  ].join('\n');
}

function trimmedLines(text: string): string[] {
  return text.trim().split('\n').map((line) => line.trim());
}

/** A1111 writes a key that is its own value as one word. */
function lineOf(parameters: Infotext['parameters']): string {
  const isBare = (key: string, value: string) => key === value && (!/[:,"]/.test(key) || !isParameterLine(readPieces(key)));
  return printParameterLine(parameters.map(([key, value]) => ({ key, value, bare: isBare(key, value) })));
}

/** Blank lines around a text are dropped, as A1111 drops leading ones. */
function joined(lines: readonly string[]): string {
  return lines.join('\n').trim();
}

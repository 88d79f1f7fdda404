import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogOutputChannel } from 'vscode';
import { TokenCounter } from '../freshness';
import { knownConcepts, readModelFolder, type KnownConcepts } from '../models';
import { spanInText, type Block, type Diagnostic, type GenerateRequest } from '../prompt';
import type { FoundContext } from './disk-contexts';
import type { KnownEmoji } from './emoji-in-prompt';
import { modelsOf } from './models-of-block';
import { wordRemarksFor, type WordRemark, type WordRemarks } from './word-remarks';

/** Different texts that are counted of a block for each way to read them (model, syntax, length); they differ by wildcards and steps only. */
const COUNTED_AT_MOST = 16;
/** Models of a matrix that a block's words are held against. More are no mistake, but the lists of all of them would be felt while typing. */
const MODELS_AT_MOST = 8;

/** What a lint needs of a model, read without any runtime. */
interface Taught {
  names: string[];
  emoji: readonly KnownEmoji[];
  remarks: WordRemarks;
}

/** A block and what it expands to. */
export interface ExpandedBlock {
  block: Block;
  requests: readonly GenerateRequest[];
}

/** Remarks that need a model: words it was not taught (if it says what it was taught), and text longer than it reads. */
export class ModelLint {
  private readonly counter = new TokenCounter();
  /** By folder, as long as its list is the same file. */
  private readonly read = new Map<string, { stamp: string; reading: Promise<Taught | undefined> }>();

  constructor(private readonly log: Pick<LogOutputChannel, 'warn'>) {}

  async check(found: FoundContext, expanded: readonly ExpandedBlock[]): Promise<Diagnostic[]> {
    const remarks = await Promise.all(expanded.map(async (one) => [...(await this.words(found, one.block)), ...(await this.overflows(found, one))]));
    return remarks.flat();
  }

  /** Names to offer while typing: those of every model that the file uses. */
  async concepts(found: FoundContext): Promise<string[]> {
    return [...new Set((await this.allTaught(found)).flatMap(({ names }) => names))];
  }

  /** Emoji to offer: a name is offered once, as the first model has it. */
  async emoji(found: FoundContext): Promise<KnownEmoji[]> {
    const all = (await this.allTaught(found)).flatMap(({ emoji }) => emoji);
    return [...new Map(all.reverse().map((one) => [one.name, one])).values()].reverse();
  }

  private async allTaught({ prompt, context }: FoundContext): Promise<Taught[]> {
    const models = new Set(prompt.blocks.flatMap(modelsOf));
    const taught = await Promise.all([...models].map((name) => this.taught(context.model(name)?.reference)));
    return taught.filter((known) => known !== undefined);
  }

  private async words({ prompt, context }: FoundContext, block: Block): Promise<Diagnostic[]> {
    const references = new Map(modelsOf(block).flatMap((name) => context.model(name)?.reference ?? []).map((reference) => [reference.path, reference]));
    const models = [...references.values()].slice(0, MODELS_AT_MOST);
    /** The same remark of several models is one. */
    const said = new Map<string, WordRemark & { of: string[] }>();
    for (const reference of models) {
      for (const remark of (await this.taught(reference))?.remarks(block.prompt) ?? []) {
        const key = JSON.stringify(remark);
        said.set(key, { ...remark, of: [...(said.get(key)?.of ?? []), reference.id] });
      }
    }
    const placed = ({ start, end }: { start: number; end: number }) => spanInText(prompt, block, 'prompt', start, end);
    return [...said.values()].map(({ start, end, message, fix, of }) => ({
      span: placed({ start, end }),
      severity: 'information',
      code: 'unknown-word',
      message: of.length < models.length ? `${of.join(', ')}: ${message}` : message,
      ...(fix && { fix: { title: fix.title, span: placed(fix), newText: fix.newText } }),
    }));
  }

  private async overflows({ prompt }: FoundContext, { block, requests }: ExpandedBlock): Promise<Diagnostic[]> {
    const counts = await Promise.all(readAlike(requests).map(async ({ id, texts }) => {
      const found = await this.counter.longest(texts).catch((error: unknown) => {
        this.log.warn(`counting tokens of ${block.name}: ${error instanceof Error ? error.message : String(error)}`);
        return [];
      });
      return found.map((count) => ({ ...count, id }));
    }));
    // Of a model's encoders the one that loses most.
    const worst = new Map(counts.flat().filter(({ over }) => over > 0).sort((a, b) => a.over - b.over).map((count) => [`${count.id} ${count.part}`, count]));
    return [...worst.values()].map(({ id, part, tokens, limit, over }) => ({
      span: part === 'prompt' || block.negativePrompt !== null ? spanInText(prompt, block, part, 0, Infinity) : (block.frontMatter?.valueSpans.get('negative') ?? block.promptSpan),
      severity: 'warning',
      code: 'too-many-tokens',
      message: `${tokens} tokens, and ${id} reads ${limit}: the last ${over} are not read; shorten the text`,
    }));
  }

  private async taught(reference: { id: string; path: string } | undefined): Promise<Taught | undefined> {
    if (!reference) return undefined;
    const stamp = await stat(join(reference.path, 'concepts.json')).then(({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`, () => '');
    const known = this.read.get(reference.path);
    if (known?.stamp === stamp) return known.reading;
    const reading = read(reference).catch((error: unknown) => {
      this.log.warn(`what ${reference.id} was taught: ${error instanceof Error ? error.message : String(error)}`);
      this.read.delete(reference.path); // it may be mended by the next time it is asked for
      return undefined;
    });
    this.read.set(reference.path, { stamp, reading });
    return reading;
  }
}

async function read({ id, path }: { id: string; path: string }): Promise<Taught | undefined> {
  const known = await knownConcepts(await readModelFolder(path, id));
  return known && { names: namesOf(known), emoji: known.emoji, remarks: wordRemarksFor(known) };
}

function namesOf({ concepts, colours, containers, styles, emojiStyles }: KnownConcepts): string[] {
  return [...new Set([...concepts.flatMap(({ name, synonyms }) => [name, ...synonyms]), ...Object.keys(colours), ...containers, ...styles, ...emojiStyles])];
}

/** A block's requests by who reads them and how; of each kind the first different texts. */
function readAlike(requests: readonly GenerateRequest[]): { id: string; texts: GenerateRequest[] }[] {
  const kinds = new Map<string, { id: string; texts: Map<string, GenerateRequest> }>();
  for (const request of requests) {
    const { model, promptSyntax, longPrompt, prompt, negativePrompt, steps } = request;
    const kind = `${promptSyntax} ${longPrompt} ${model.path}`;
    const known = kinds.get(kind) ?? { id: model.id, texts: new Map<string, GenerateRequest>() };
    kinds.set(kind, known);
    if (known.texts.size < COUNTED_AT_MOST) known.texts.set(JSON.stringify([steps, prompt, negativePrompt]), request);
  }
  return [...kinds.values()].map(({ id, texts }) => ({ id, texts: [...texts.values()] }));
}

import type { LogOutputChannel } from 'vscode';
import { knownConcepts, readModelFolder, type KnownConcepts } from '../models';
import { DEFAULT_MODEL, effectiveSettings, spanInText, type Block, type Diagnostic } from '../prompt';
import type { FoundContext } from './disk-contexts';
import { unknownWords, vocabularyOf } from './unknown-words';

/** What a lint needs of a model: read once per folder, without any runtime. */
interface Taught {
  id: string;
  names: string[];
  vocabulary: Set<string>;
}

/** Remarks that need a model: words it was not taught. A model that does not say what it was taught earns none. */
export class ModelLint {
  private readonly read = new Map<string, Promise<Taught | undefined>>();

  constructor(private readonly log: LogOutputChannel) {}

  async check(found: FoundContext): Promise<Diagnostic[]> {
    const remarks = await Promise.all(found.prompt.blocks.map((block) => this.words(found, block)));
    return remarks.flat();
  }

  /** Names to offer while typing: those of every model that the file uses. */
  async concepts({ prompt, context }: FoundContext): Promise<string[]> {
    const models = new Set(prompt.blocks.map(modelOf));
    const taught = await Promise.all([...models].map((name) => this.taught(context.model(name)?.reference)));
    return [...new Set(taught.flatMap((known) => known?.names ?? []))];
  }

  private async words({ prompt, context }: FoundContext, block: Block): Promise<Diagnostic[]> {
    const taught = await this.taught(context.model(modelOf(block))?.reference);
    if (!taught) return [];
    return unknownWords(block.prompt, taught.vocabulary).map(({ start, end, word }) => ({
      span: spanInText(prompt, block, 'prompt', start, end),
      severity: 'information',
      code: 'unknown-word',
      message: `${taught.id} was not taught “${word}”; it may draw anything for it`,
    }));
  }

  private taught(reference: { id: string; path: string } | undefined): Promise<Taught | undefined> {
    if (!reference) return Promise.resolve(undefined);
    const known = this.read.get(reference.path);
    if (known) return known;
    const reading = read(reference).catch((error: unknown) => {
      this.log.warn(`what ${reference.id} was taught: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    });
    this.read.set(reference.path, reading);
    return reading;
  }
}

async function read({ id, path }: { id: string; path: string }): Promise<Taught | undefined> {
  const concepts = await knownConcepts(await readModelFolder(path, id));
  return concepts && { id, names: namesOf(concepts), vocabulary: vocabularyOf(concepts) };
}

function namesOf({ concepts, colours, containers, styles }: KnownConcepts): string[] {
  return [...new Set([...concepts.flatMap(({ name, synonyms }) => [name, ...synonyms]), ...Object.keys(colours), ...containers, ...styles])];
}

function modelOf(block: Block): string {
  return effectiveSettings(block, 0).model ?? DEFAULT_MODEL;
}

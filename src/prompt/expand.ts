import { findAdapters, withoutTags, type AdapterMention } from './adapters';
import { spanInText, type BlockText } from './block-text';
import { Choices } from './choices';
import { hasErrors, quoted, type Diagnostic, type Span } from './diagnostic';
import type { Block, PromptDocument } from './document';
import { blockSpan, completeSettings, DEFAULT_MODEL, effectiveSettings, multiplicity, seedPlus, settingSpan, type ModelDefaults } from './effective';
import { TextExpander, type WildcardSource } from './expand-text';
import { claimOutputs, findCollisions, outputPath, type Place } from './outputs';
import { checkInsideRoot } from './paths';
import { GenerateRequest, REQUEST_VERSION, type AdapterReference, type InputPicture, type ModelReference } from './request';
import { MAX_PICTURES, type Settings } from './settings';
import { scanTemplate, type TemplateNode } from './template';

/** Everything outside the file that expansion asks for; no function is asked with a name that leads out of the root. */
export interface ExpandContext extends Place {
  readonly wildcards: WildcardSource;
  /** A registered name, or a path inside the root. */
  readonly model: (name: string) => { reference: ModelReference; defaults: ModelDefaults } | undefined;
  /** An adapter by name, for a model that may bring some of its own; `undefined` stands for a model that is not here. */
  readonly adapter: (name: string, model: ModelReference | undefined) => Omit<AdapterReference, 'weight'> | undefined;
  /** A picture by its path relative to `directory`, with its hash. */
  readonly picture: (relativePath: string) => InputPicture | undefined;
  /** A new seed, decimal; asked once for a block without one. */
  readonly seed: () => string;
  /** What a command line says against the file. */
  readonly overrides?: Settings & { readonly negativePrompt?: string };
  /**
   * For freshness: the seed a picture was drawn with, where the block leaves it open. With `index` only that picture is
   * expanded, and `seed` is its own; without, `seed` is the first picture's.
   */
  readonly pinned?: { readonly seed: string; readonly index?: number };
  /** Who else would write to an absolute path, across files (see `findCollisions`); undefined if nobody. */
  readonly claimedElsewhere?: (path: string) => string | undefined;
}

/** What a block stands for. With an error among the diagnostics there are no requests. */
export interface Expansion {
  readonly requests: GenerateRequest[];
  readonly diagnostics: Diagnostic[];
}

/** A1111's default for image-to-image. */
const DEFAULT_DENOISING_STRENGTH = 0.75;

/** Turns a block into complete requests: defaults, matrix, wildcards, seeds and paths all settled. Pure but for the context's answers. */
export function expand(document: PromptDocument, block: Block, context: ExpandContext): Expansion {
  return new BlockExpander(document, block, context).expand();
}

class BlockExpander {
  private readonly diagnostics: Diagnostic[] = [];
  private readonly seen = new Set<string>();
  private readonly texts: TextExpander;
  private readonly models = new Map<string, ReturnType<ExpandContext['model']>>();
  private openSeed: string | undefined;

  constructor(
    private readonly document: PromptDocument,
    private readonly block: Block,
    private readonly context: ExpandContext,
  ) {
    this.texts = new TextExpander(context.wildcards);
  }

  expand(): Expansion {
    const { block, context } = this;
    for (const diagnostic of [...standing(this.document, block), ...collisions(this.document, block, context)]) this.report(diagnostic);
    const { cells, count } = multiplicity(block, context.overrides);
    const total = cells * count;
    if (total > MAX_PICTURES) this.error(blockSpan(block), 'too-many-pictures', `${total} pictures in one block; the most is ${MAX_PICTURES}`);
    const prompt = this.template('prompt', block.prompt);
    const negativeText = context.overrides?.negativePrompt ?? block.negativePrompt ?? block.frontMatter?.negativePrompt ?? '';
    const negative = this.template('negative', negativeText);
    if (hasErrors(this.diagnostics)) return { requests: [], diagnostics: this.diagnostics };

    const only = context.pinned?.index;
    const indices = only === undefined ? Array.from({ length: total }, (_, index) => index) : only < total ? [only] : [];
    const requests: GenerateRequest[] = [];
    for (const index of indices) {
      const request = this.picture(index, count, prompt, negative);
      if (request !== undefined) requests.push(request);
      if (hasErrors(this.diagnostics)) return { requests: [], diagnostics: this.diagnostics };
    }
    return { requests, diagnostics: this.diagnostics };
  }

  private picture(index: number, count: number, promptNodes: readonly TemplateNode[], negativeNodes: readonly TemplateNode[]): GenerateRequest | undefined {
    const { block, context } = this;
    const settings = effectiveSettings(block, Math.floor(index / count), context.overrides);
    const seed = this.seedOf(settings, index, count);
    // By place within the cell: the cells of a matrix are there to be compared, so they draw the same words.
    const choices = Choices.of(seed, index % count);
    const model = this.modelOf(settings.model ?? DEFAULT_MODEL);
    const prompt = this.text(promptNodes, choices.child(0), 'prompt', model?.reference);
    const negative = this.text(negativeNodes, choices.child(1), 'negative', model?.reference);
    const output = outputPath(block, context, index, seed, context.overrides);
    if ('diagnostic' in output) this.report(output.diagnostic);
    const init = this.inputPicture('init', settings.init);
    const mask = this.inputPicture('mask', settings.mask);
    if (mask !== null && init === null) this.error(settingSpan(block, 'mask'), 'mask-without-init', 'Mask needs a picture to work on; give Init too');
    if (model === undefined || 'diagnostic' in output || prompt === undefined || negative === undefined) return undefined;
    const request: GenerateRequest = {
      version: REQUEST_VERSION,
      prompt: prompt.text,
      negativePrompt: negative.text,
      ...completeSettings(settings, model.defaults),
      model: model.reference,
      adapters: [...new Map([...prompt.adapters, ...negative.adapters].map((adapter) => [adapter.id, adapter])).values()],
      seed,
      init,
      mask,
      denoisingStrength: init === null ? 1 : (settings.denoisingStrength ?? DEFAULT_DENOISING_STRENGTH),
      index,
      output: {
        path: output.path,
        root: context.root,
        source: { file: this.document.fileName, block: block.name },
        noise: null,
        saveLatents: null,
      },
    };
    const elsewhere = context.claimedElsewhere?.(output.path);
    if (elsewhere !== undefined) this.error(blockSpan(block), 'output-collision', `“${block.name}” and ${elsewhere} would both be written to ${output.path}; rename one, or give one another Out`);
    const checked = GenerateRequest.safeParse(request);
    if (checked.success) return checked.data;
    const issue = checked.error.issues[0];
    this.error(blockSpan(block), 'bad-request', `${issue?.path.join('.') ?? 'request'}: ${issue?.message ?? 'not valid'}`);
    return undefined;
  }

  private template(which: BlockText, text: string): TemplateNode[] {
    const { nodes, problems } = scanTemplate(text);
    for (const { start, end, severity, code, message } of [...problems, ...this.texts.problemsIn(nodes)]) {
      if (severity === 'error') this.report({ span: this.spanIn(which, start, end), severity, code, message });
    }
    return nodes;
  }

  private text(nodes: readonly TemplateNode[], choices: Choices, which: BlockText, model: ModelReference | undefined): { text: string; adapters: AdapterReference[] } | undefined {
    const whole = this.spanIn(which, 0, Infinity);
    const chosen = this.texts.expand(nodes, choices);
    if (chosen === null || chosen.length > 1_000_000) {
      this.error(whole, 'expansion-too-large', 'this text expands to more than a million characters or takes too many choices; shorten it or its wildcards');
      return undefined;
    }
    const known: AdapterMention[] = [];
    const adapters: AdapterReference[] = [];
    for (const mention of findAdapters(chosen)) {
      const adapter = this.context.adapter(mention.name, model);
      const tag = chosen.slice(mention.start, mention.end);
      if (adapter !== undefined && mention.extra === null) {
        adapters.push({ ...adapter, weight: mention.weight });
        known.push(mention);
      } else if (mention.kind === 'lora') this.error(whole, 'unknown-adapter', `${quoted(tag)}: ${adapter === undefined ? `no adapter called ${quoted(mention.name)}; put its file into adapters/, or take the tag out` : 'one weight is all Easel takes here'}`);
      else this.report({ span: whole, severity: 'warning', code: 'unknown-token', message: `${quoted(tag)} is no trained token here and is read as plain text` });
    }
    return { text: tidy(withoutTags(chosen, known)), adapters };
  }

  private modelOf(name: string) {
    if (!this.models.has(name)) this.models.set(name, this.context.model(name));
    const model = this.models.get(name);
    if (model === undefined) this.error(settingSpan(this.block, 'model'), 'unknown-model', `no model called ${quoted(name)}; “easel models list” shows those there are, “easel models add” adds one`);
    return model;
  }

  private seedOf(settings: Settings, index: number, count: number): string {
    const { pinned } = this.context;
    const fixed = settings.seed ?? undefined;
    if (fixed === undefined && pinned?.index !== undefined) return pinned.seed;
    const base = fixed ?? (this.openSeed ??= pinned?.seed ?? this.context.seed());
    return seedPlus(base, index % count);
  }

  private inputPicture(which: 'init' | 'mask', relative: string | null | undefined): InputPicture | null {
    if (relative === null || relative === undefined) return null;
    const span = settingSpan(this.block, which);
    const checked = checkInsideRoot(this.context, relative);
    if ('problem' in checked) {
      this.error(span, 'outside-root', `${which === 'init' ? 'Init' : 'Mask'} ${relative}: ${checked.problem}`);
      return null;
    }
    const picture = this.context.picture(relative);
    if (picture === undefined) this.error(span, 'no-picture', `${which === 'init' ? 'Init' : 'Mask'}: there is no picture at ${checked.path}`);
    return picture ?? null;
  }

  /** Front matter's negative prompt has no lines of its own in the block. */
  private spanIn(which: BlockText, start: number, end: number): Span {
    if (which === 'negative' && this.block.negativePrompt === null) return this.block.frontMatter?.valueSpans.get('negative') ?? blockSpan(this.block);
    return spanInText(this.document, this.block, which, start, end);
  }

  private error(span: Span, code: string, message: string): void {
    this.report({ span, severity: 'error', code, message });
  }

  /** The same thing found in several pictures is told once. */
  private report(diagnostic: Diagnostic): void {
    const key = `${diagnostic.code} ${diagnostic.span.start} ${diagnostic.message}`;
    if (!this.seen.has(key)) this.diagnostics.push(diagnostic);
    this.seen.add(key);
  }
}

const errorCache = new WeakMap<PromptDocument, readonly Diagnostic[]>();

/** Errors that `parse` found in the block or in the front matter that governs it. */
function standing(document: PromptDocument, { span, frontMatter }: Block): Diagnostic[] {
  let errors = errorCache.get(document);
  if (errors === undefined) errorCache.set(document, (errors = document.diagnostics.filter(({ severity }) => severity === 'error')));
  return frontMatter === null ? errorsWithin(errors, span) : [...errorsWithin(errors, frontMatter.span), ...errorsWithin(errors, span)];
}

/** Those that lie in `outer`; `errors` is in the order of their starts. */
function errorsWithin(errors: readonly Diagnostic[], outer: Span): Diagnostic[] {
  let [low, high] = [0, errors.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((errors[middle]?.span.start ?? 0) < outer.start) low = middle + 1;
    else high = middle;
  }
  const found: Diagnostic[] = [];
  for (let i = low; i < errors.length; i++) {
    const error = errors[i];
    if (error === undefined || error.span.start > outer.end) break;
    if (error.span.end <= outer.end) found.push(error);
  }
  return found;
}

const collisionCache = new WeakMap<PromptDocument, { key: string; byBlock: Map<number, Diagnostic[]> }>();

/** Collisions between the blocks of one document, found once for all of them. */
function collisions(document: PromptDocument, block: Block, { root, directory, fileStem, overrides }: ExpandContext): Diagnostic[] {
  if (overrides?.out !== undefined) return [];
  const key = [root, directory, fileStem].join('\0');
  let cached = collisionCache.get(document);
  if (cached?.key !== key) {
    const byBlock = new Map<number, Diagnostic[]>();
    const { claims } = claimOutputs(document, { root, directory, fileStem });
    for (const { block, diagnostic } of findCollisions(claims)) byBlock.set(block, [...(byBlock.get(block) ?? []), diagnostic]);
    cached = { key, byBlock };
    collisionCache.set(document, cached);
  }
  return cached.byBlock.get(block.index) ?? [];
}

/** Lines trimmed, blank lines around them dropped, NFC: what an infotext can carry. */
function tidy(text: string): string {
  return text.normalize('NFC').split(/\r\n|\n|\r/).map((line) => line.trim()).join('\n').trim();
}

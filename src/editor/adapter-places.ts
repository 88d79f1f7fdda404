/** Where the prompts of a file name adapters and soft tokens, with the models that read them there. */
import { findAdapters, spanInText, type AdapterMention, type FrontMatter, type PromptDocument, type Span } from '../prompt';
import { offsetInLine } from '../prompt/block-text';
import { modelsOf } from './models-of-block';

/** A `<name>` of a prompt with its place in the document. */
export interface AdapterPlace extends AdapterMention {
  /** Every model that draws with it: of a front matter's negative prompt, those of all blocks that have none of their own. */
  readonly models: readonly string[];
  readonly span: Span;
}

/** Every `<name>` and `<name:weight>` of a file, as it stands there, in the order of the text. */
export function placesIn(prompt: PromptDocument): AdapterPlace[] {
  const inherited = new Map<FrontMatter, Set<string>>();
  const places = prompt.blocks.flatMap((block): AdapterPlace[] => {
    const models = modelsOf(block);
    const { frontMatter } = block;
    if (block.negativePrompt === null && frontMatter?.negativePrompt) inherited.set(frontMatter, new Set([...(inherited.get(frontMatter) ?? []), ...models]));
    return ([['prompt', block.prompt], ['negative', block.negativePrompt ?? '']] as const).flatMap(([part, text]) =>
      findAdapters(text).map((mention) => ({ ...mention, models, span: spanInText(prompt, block, part, mention.start, mention.end) })),
    );
  });
  const fromFrontMatter = [...inherited].flatMap(([frontMatter, models]) =>
    inNegative(prompt, frontMatter).map((place): AdapterPlace => ({ ...place, models: [...models] })),
  );
  return [...fromFrontMatter, ...places].sort((a, b) => a.span.start - b.span.start);
}

/** Each where YAML writes it plainly; the whole value for all of them where it does not (escapes, a tag over two lines). */
function inNegative({ lines }: PromptDocument, { negativePrompt, valueSpans }: FrontMatter): Omit<AdapterPlace, 'models'>[] {
  const whole = valueSpans.get('negative');
  const mentions = findAdapters(negativePrompt ?? '');
  if (!whole || mentions.length === 0) return [];
  const written = lines.filter(({ span }) => span.start < whole.end && whole.start < span.end).flatMap((line) =>
    findAdapters(line.text)
      .map(({ name, kind, start, end }) => ({ name, kind, span: { start: offsetInLine(line, start), end: offsetInLine(line, end) } }))
      .filter(({ span }) => whole.start <= span.start && span.end <= whole.end),
  );
  const isPlain = mentions.every(({ name, kind }, i) => written[i]?.name === name && written[i].kind === kind);
  return mentions.map((mention, i) => ({ ...mention, span: (isPlain ? written[i]?.span : undefined) ?? whole }));
}

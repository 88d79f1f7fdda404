import type { Block, PromptDocument } from '../prompt';

/** A block that was asked for earlier, as its file has it now: the one of its name, at its place if several are called so. */
export function blockNow(prompt: Pick<PromptDocument, 'blocks'> | undefined, { name, index }: Pick<Block, 'name' | 'index'>): Block | undefined {
  const named = prompt?.blocks.filter((block) => block.name === name) ?? [];
  return named.find((block) => block.index === index) ?? named[0];
}

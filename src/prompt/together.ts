/** Which pictures may share the network's calls: those that differ in their texts and seeds only. */
import type { GenerateRequest } from './request';

/** What is computed at once grows with pictures and their size; this is four pictures of 1024×1024. */
const MOST_PIXELS = 4 * 1024 * 1024;

/** Requests in their order, in groups of at most `most` that may be drawn together. */
export function togetherGroups<Item extends { readonly request: GenerateRequest }>(items: readonly Item[], most: number): Item[][] {
  const groups: Item[][] = [];
  for (const item of items) {
    const group = groups.at(-1);
    const first = group?.[0]?.request;
    const fits = group && first && group.length < most && (group.length + 1) * first.width * first.height <= MOST_PIXELS && mayDrawTogether(first, item.request);
    if (fits) group.push(item);
    else groups.push([item]);
  }
  return groups;
}

/** Pictures that start from a picture, or whose text brings tokens of its own, are drawn alone. */
export function mayDrawTogether(a: GenerateRequest, b: GenerateRequest): boolean {
  return [a, b].every(({ init, mask, adapters }) => init === null && mask === null && adapters.length === 0) && settingsOf(a) === settingsOf(b);
}

function settingsOf({ prompt: _prompt, negativePrompt: _negative, seed: _seed, index: _index, output: _output, ...settings }: GenerateRequest): string {
  return JSON.stringify(settings);
}

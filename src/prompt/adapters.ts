/** An adapter named in a prompt, with offsets into the text. */
export interface AdapterMention {
  readonly name: string;
  readonly weight: number;
  /** `lora` is a `<lora:name:weight>` tag; `token` stands in the text for the words it was trained as. */
  readonly kind: 'lora' | 'token';
  readonly start: number;
  readonly end: number;
  /** Anything after the weight, which Easel does not use (A1111: another weight for the UNet, named arguments). */
  readonly extra: string | null;
}

const TAG = /<(?:(lora|lyco|hypernet):([^<>:]+)((?::[^<>]*)?)|([\p{L}_][\p{L}\p{N}_./-]*)(?::([+-]?(?:\d+\.?\d*|\.\d+)))?)>/gu;

/**
 * Finds `<lora:name:0.8>`, `<token-name>` and `<token-name:0.8>`. `text` is the prompt as the model reads it: LoRA tags
 * are gone (as in A1111), tokens stay as `<token-name>` where they stood. Weights default to 1; a later mention of a name wins.
 */
export function extractAdapters(text: string): { text: string; adapters: { name: string; weight: number }[] } {
  const mentions = findAdapters(text);
  const byName = new Map(mentions.map(({ name, weight }) => [name, weight]));
  return { text: withoutTags(text, mentions), adapters: [...byName].map(([name, weight]) => ({ name, weight })) };
}

/** Every adapter mentioned, in order. */
export function findAdapters(text: string): AdapterMention[] {
  return [...text.matchAll(TAG)].map((match) => {
    const [whole, network, name, rest, token, tokenWeight] = match;
    const place = { start: match.index, end: match.index + whole.length };
    if (network === undefined) return { name: token ?? '', weight: Number(tokenWeight ?? 1), kind: 'token', extra: null, ...place };
    const [first, ...others] = (rest ?? '').slice(1).split(':');
    const weight = first === undefined || first.trim() === '' ? 1 : Number(first);
    const extra = network === 'hypernet' ? 'hypernet' : Number.isFinite(weight) ? others.join(':') : (rest ?? '').slice(1);
    return { name: (name ?? '').trim(), weight: Number.isFinite(weight) ? weight : 1, kind: 'lora', extra: extra === '' ? null : extra, ...place };
  });
}

/** The text without LoRA tags and without the weights of tokens. */
export function withoutTags(text: string, mentions: readonly AdapterMention[]): string {
  let result = '';
  let position = 0;
  for (const { name, kind, start, end } of mentions) {
    result += text.slice(position, start) + (kind === 'token' ? `<${name}>` : '');
    position = end;
  }
  return result + text.slice(position);
}

/**
 * What other tools keep in a picture, said as A1111 infotext, the one text that Easel's language reads. A parameter that
 * has no A1111 name keeps its own; a value is quoted exactly when A1111's reader would otherwise split or trim it.
 */

/** What ComfyUI's and InvokeAI's readers found; pairs in the order in which they shall stand. */
export interface ForeignParameters {
  prompt: string;
  negativePrompt: string;
  pairs: [key: string, value: string | number | undefined][];
}

/** The infotext of A1111's writer: prompt, `Negative prompt:` if there is one, one line of pairs. */
export function foreignInfotext({ prompt, negativePrompt, pairs }: ForeignParameters): string {
  const line = pairs
    .filter((pair): pair is [string, string | number] => pair[1] !== undefined && pair[1] !== '')
    .map(([key, value]) => `${key}: ${quoted(String(value))}`)
    .join(', ');
  return [prompt, negativePrompt && `Negative prompt: ${negativePrompt}`, line].filter((part) => part !== '').join('\n');
}

function quoted(value: string): string {
  return /[,:\n]|^\s|\s$|^".*"$/s.test(value) ? JSON.stringify(value) : value;
}

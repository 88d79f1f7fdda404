/** Which text holds at which model call: `[cat:dog:0.5]` and `[cat|dog]` change it on the way (A1111's prompt editing). */
import { parsePromptSchedule } from '../../prompt';
import { encodeText, type TextModel, type TextRole, type TextSettings } from './encode-text';
import type { TextEncoding } from './text-encoding';

export interface TextPlan {
  /** The encoding at a model call, counted from 0. */
  at(call: number): TextEncoding;
  readonly notes: readonly string[];
  /** How the prompt's weights acted; `null` if it has none. */
  readonly emphasis: string | null;
}

/**
 * Encodes every text that `prompt` becomes over `calls` model calls, each once.
 * @param calls A1111 counts a second-order sampler's steps twice; so does this
 */
export async function planText(model: TextModel, prompt: string, role: TextRole, settings: TextSettings, calls: number): Promise<TextPlan> {
  const schedule = settings.promptSyntax === 'plain' ? [[calls, prompt] as const] : parsePromptSchedule(prompt, calls);
  const encodings = new Map<string, TextEncoding>();
  const notes = new Set<string>();
  let emphasis: string | null = null;
  for (const [, text] of schedule) {
    if (encodings.has(text)) continue;
    const noted = await encodeText(model, text, role, settings);
    encodings.set(text, noted.encoding);
    noted.notes.forEach((note) => notes.add(note));
    emphasis ??= noted.emphasis;
  }
  return {
    notes: [...notes],
    emphasis,
    // A1111 compares with "less or equal" and counts calls from 0, so a text holds one call longer than its number says.
    at: (call) => encodings.get((schedule.find(([until]) => call <= until) ?? schedule.at(-1)!)[1])!,
  };
}

/** The same plan with every encoding changed once: the denoiser knows encodings again by identity. */
export function conditioned(plan: TextPlan, change: (encoding: TextEncoding) => TextEncoding): TextPlan {
  const changed = new Map<TextEncoding, TextEncoding>();
  return {
    ...plan,
    at: (call) => {
      const encoding = plan.at(call);
      const known = changed.get(encoding) ?? change(encoding);
      changed.set(encoding, known);
      return known;
    },
  };
}

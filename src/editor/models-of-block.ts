import { DEFAULT_MODEL, effectiveSettings, type Block } from '../prompt';

/**
 * The names of all models that a block draws with, each once, in the order of its matrix. Where a matrix varies the model, that
 * axis says them all: its thousand cells are not walked.
 */
export function modelsOf(block: Block): string[] {
  const axis = block.matrix?.axes.findLast(({ setting }) => setting === 'model');
  const named = axis?.values.map(({ settings }) => settings.model) ?? [effectiveSettings(block, 0).model];
  return [...new Set(named.map((name) => name ?? DEFAULT_MODEL))];
}

import type { Span } from './diagnostic';
import type { Block } from './document';
import { cellAt, cellCount } from './matrix';
import type { GenerateRequest } from './request';
import type { SettingName, Settings } from './settings';

/** The model a block draws with when nothing names one: the embedded one. */
export const DEFAULT_MODEL = 'icon-64';

/** What holds for the pictures of one matrix cell: front matter, then the parameter line, then the cell, then overrides. */
export function effectiveSettings(block: Block, cell: number, overrides: Settings = {}): Settings {
  const said = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined)) as Settings;
  return { ...block.frontMatter?.settings, ...block.settings, ...cellAt(block.matrix, cell).settings, ...said };
}

/** What a model says about itself to fill in what a block leaves open. */
export interface ModelDefaults {
  readonly width: number;
  readonly height: number;
  readonly steps: number;
  readonly guidanceScale: number;
}

/** What a request says of how to draw: what is said, else what the model says, else A1111's default. */
export function completeSettings(settings: Settings, model: ModelDefaults) {
  return {
    promptSyntax: settings.promptSyntax ?? 'a1111',
    longPrompt: settings.longPrompt ?? 'chunk',
    width: settings.size?.width ?? model.width,
    height: settings.size?.height ?? model.height,
    steps: settings.steps ?? model.steps,
    guidanceScale: settings.guidanceScale ?? model.guidanceScale,
    guidanceRescale: settings.guidanceRescale ?? 0,
    guidanceInterval: settings.guidanceInterval ?? [0, 1],
    perpendicularNegative: settings.perpendicularNegative ?? 0,
    dynamicThresholding: settings.dynamicThresholding ?? 0,
    sampler: settings.sampler ?? null,
    scheduleType: settings.scheduleType ?? 'Automatic',
    eta: settings.eta ?? 0,
    clipSkip: settings.clipSkip ?? 1,
    rng: settings.rng ?? 'torch',
  } satisfies Partial<GenerateRequest>;
}

/** How many cells, and pictures per cell, a block stands for. */
export function multiplicity(block: Block, overrides: Settings = {}): { cells: number; count: number } {
  const cells = cellCount(block.matrix);
  return { cells, count: block.count === 0 ? 0 : (overrides.count ?? block.count / cells) };
}

/** Where a setting is said, for a diagnostic about it: in the block, else in front matter, else the block's name. */
export function settingSpan(block: Block, name: SettingName): Span {
  const parameter = block.parameters.findLast(({ setting }) => setting === name);
  const inMatrix = block.matrix?.axes.find(({ setting }) => setting === name)?.values[0]?.span;
  return parameter?.valueSpan ?? inMatrix ?? block.frontMatter?.valueSpans.get(name) ?? blockSpan(block);
}

/** What to underline for a remark on the block as a whole: its name, else its first line of text. */
export function blockSpan(block: Block): Span {
  return block.nameSpan ?? (block.promptSpan.end > block.promptSpan.start ? block.promptSpan : block.span);
}

/** Seed `base` + `offset`, modulo 2^64, as decimal text. */
export function seedPlus(base: string, offset: number): string {
  return BigInt.asUintN(64, BigInt(base) + BigInt(offset)).toString();
}

import type { Diagnostic, Span } from './diagnostic';
import type { Block, PromptDocument } from './document';
import { blockSpan, effectiveSettings, multiplicity, seedPlus, settingSpan } from './effective';
import { cellAt } from './matrix';
import { DEFAULT_OUT, outProblem, resolveOut } from './out-path';
import { checkInsideRoot, joinPath } from './paths';
import { MAX_PICTURES, type Settings } from './settings';

/** Where a prompt file lies. Paths are absolute. */
export interface Place {
  readonly root: string;
  readonly directory: string;
  readonly fileStem: string;
  /** The real path of a path's deepest existing parent (of the path itself, if it exists); for links. */
  readonly deepestExisting?: (path: string) => string | undefined;
}

/** A picture that a block would write. */
export interface OutputClaim {
  /** Absolute path of the prompt file. */
  readonly file: string;
  readonly block: string;
  readonly blockIndex: number;
  readonly index: number;
  /** Absolute path of the PNG. */
  readonly path: string;
  /** What says where the picture goes, in the prompt file. */
  readonly span: Span;
}

/** The absolute path of picture `index` of a block, or what is wrong with its `out`. */
export function outputPath(block: Block, place: Place, index: number, seed: string, overrides: Settings = {}): { path: string } | { diagnostic: Diagnostic } {
  const many = multiplicity(block, overrides);
  const cell = Math.floor(index / Math.max(1, many.count));
  const template = (effectiveSettings(block, cell, overrides).out ?? DEFAULT_OUT).normalize('NFC');
  const wrong = (code: string, problem: string) => ({
    diagnostic: { span: settingSpan(block, 'out'), severity: 'error', code, message: `Out ${template}: ${problem}` } as const,
  });
  const problem = outProblem(template);
  if (problem !== undefined) return wrong('bad-out', problem);
  const values = { file: place.fileStem, name: block.name, index, seed, cell: cellAt(block.matrix, cell).label };
  const checked = checkInsideRoot(place, resolveOut(template, values, many));
  return 'path' in checked ? checked : wrong('outside-root', `${checked.problem}; pictures stay inside the root`);
}

/**
 * Every picture a document would write, without a model: for collisions and for the picture list beside a file. Pictures
 * named by a seed that is not fixed yet claim nothing.
 */
export function claimOutputs(document: PromptDocument, place: Place): { claims: OutputClaim[]; diagnostics: Diagnostic[] } {
  const claims: OutputClaim[] = [];
  const diagnostics: Diagnostic[] = [];
  const file = joinPath(place.directory, document.fileName.split(/[\\/]/).at(-1) ?? '');
  for (const block of document.blocks) {
    const { cells, count } = multiplicity(block);
    if (cells * count > MAX_PICTURES) continue;
    for (let index = 0; index < cells * count; index++) {
      const settings = effectiveSettings(block, Math.floor(index / count));
      const fixed = settings.seed ?? undefined;
      if (fixed === undefined && (settings.out ?? DEFAULT_OUT).includes('{seed}')) continue;
      const result = outputPath(block, place, index, fixed === undefined ? '0' : seedPlus(fixed, index % count));
      if ('diagnostic' in result) {
        diagnostics.push(result.diagnostic);
        break;
      }
      const span = block.nameSpan ?? blockSpan(block);
      claims.push({ file, block: block.name, blockIndex: block.index, index, path: result.path, span });
    }
  }
  return { claims, diagnostics };
}

/** A collision as told to one of the blocks it blocks. */
export interface Collision {
  /** Absolute path of the prompt file. */
  readonly file: string;
  readonly block: number;
  readonly diagnostic: Diagnostic;
}

/**
 * Pictures that would be written to one path. Paths are compared case-folded, so that a file made on Linux is safe on
 * Windows and macOS. Every pair of blocks is told once to each of the two; both are blocked.
 */
export function findCollisions(claims: readonly OutputClaim[]): Collision[] {
  const byPath = new Map<string, OutputClaim[]>();
  for (const claim of claims) {
    const key = foldPath(claim.path);
    const group = byPath.get(key);
    if (group === undefined) byPath.set(key, [claim]);
    else group.push(claim);
  }
  const collisions: Collision[] = [];
  const told = new Set<string>();
  for (const group of byPath.values()) {
    for (const [i, claim] of group.entries()) {
      const other = group[i === 0 ? 1 : 0];
      if (other === undefined) continue;
      const pair = [claim.file, claim.blockIndex, other.file, other.blockIndex].join('\0');
      if (told.has(pair)) continue;
      told.add(pair);
      collisions.push({ file: claim.file, block: claim.blockIndex, diagnostic: collision(claim, other) });
    }
  }
  return collisions;
}

function collision(claim: OutputClaim, other: OutputClaim): Diagnostic {
  const isSameBlock = claim.file === other.file && claim.blockIndex === other.blockIndex;
  const who = isSameBlock ? 'another picture of this block' : `“${other.block}”${claim.file === other.file ? '' : ` in ${other.file}`}`;
  const message = `“${claim.block}” and ${who} would both be written to ${claim.path}; rename one, or give one another Out`;
  return { span: claim.span, severity: 'error', code: 'output-collision', message };
}

/** Two paths that one of the usual file systems takes for the same fold to the same text. */
export function foldPath(path: string): string {
  return path.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}

import { isAbsolutePath } from './paths';
import { isPortable, keepOffDevices, slug } from './slug';

/** Where pictures go when nothing says so. */
export const DEFAULT_OUT = './{file}/{name}.png';

/** What the placeholders of an `out` template say. All are slugged. */
export interface OutValues {
  /** The prompt file's name without extension. */
  readonly file: string;
  /** The block's name. */
  readonly name: string;
  /** From 0. */
  readonly index: number;
  readonly seed: string;
  /** The matrix cell, e.g. `cfg-2_sampler-Euler`; empty without a matrix. */
  readonly cell: string;
}

/** How a block's pictures are told apart: by these numbers the template is given `-{index}` or not. */
export interface Multiplicity {
  readonly cells: number;
  /** Pictures per cell. */
  readonly count: number;
}

const PLACEHOLDER = /\{([^{}]*)\}/g;
const NAMES = new Set(['file', 'name', 'index', 'seed', 'cell']);

/** Why a template cannot be a path, or undefined. Whether it stays inside the root is `checkInsideRoot`'s question. */
export function outProblem(template: string): string | undefined {
  const unknown = [...template.matchAll(PLACEHOLDER)].find(([, name]) => !NAMES.has(name ?? ''));
  if (unknown !== undefined) return `${unknown[0]} is not a placeholder; there are {file}, {name}, {index}, {seed} and {cell}`;
  if (/[{}]/.test(template.replace(PLACEHOLDER, ''))) return 'a brace does not close';
  if (isAbsolutePath(template) || template.startsWith('~')) return 'it must be a path relative to this file';
  const segments = template.replace(PLACEHOLDER, 'x').split(/[\\/]/);
  const withoutCell = template.replaceAll('{cell}', '').split(/[\\/]/); // as it comes out where there is no matrix
  const [last = ''] = segments.splice(-1);
  const odd = [...segments, last].find((segment) => !['', '.', '..'].includes(segment) && !isPortable(segment));
  if (odd !== undefined) return `“${odd}” cannot be a file name on every system`;
  if ([...segments, ...withoutCell].some((segment) => /^\.(?:git|easel)$/i.test(segment))) return '.git and .easel are not places for pictures';
  if (last === '.' || last === '..') return 'it has no file name';
  if (/\.[A-Za-z0-9]+$/.test(last) && !/\.png$/i.test(last)) return 'pictures are written as .png';
  return undefined;
}

/**
 * The relative path of one picture, `/` between segments. A template that ends in a separator gets `{name}.png`, one
 * without an extension `.png`; if the block stands for several pictures and nothing in the template tells them apart,
 * `-{index}` stands before the extension.
 */
export function resolveOut(template: string, values: OutValues, { cells, count }: Multiplicity): string {
  const named = /(?:^|[\\/])$/.test(template) ? `${template}{name}.png` : template;
  const full = /\.png$/i.test(named) ? named : `${named}.png`;
  const has = (placeholder: string) => full.includes(`{${placeholder}}`);
  const tells = has('index') || ((cells === 1 || has('cell')) && (count === 1 || has('seed')));
  const telling = tells ? full : full.replace(/\.png$/i, (extension) => `-{index}${extension}`);
  const filled = telling.split(/[\\/]/).map((segment) => {
    const text = segment.replace(PLACEHOLDER, (whole, name: string) => valueOf(values, name) ?? whole);
    return segment === '.' || segment === '..' ? segment : keepOffDevices(text);
  });
  return filled.join('/');
}

function valueOf(values: OutValues, name: string): string | undefined {
  if (name === 'index') return String(values.index);
  if (name === 'seed') return values.seed;
  if (name === 'cell') return values.cell === '' ? '' : slug(values.cell);
  return name === 'file' || name === 'name' ? slug(values[name]) : undefined;
}

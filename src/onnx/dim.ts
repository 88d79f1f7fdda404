/**
 * Dimensions: a number, or a symbolic expression in canonical text, so that equal strings are equal sizes.
 * Arithmetic keeps polynomials with integer coefficients; a division that does not come out becomes an atom of its own.
 */
export type Dim = number | string;

/** Coefficient per product of atoms; '' is the constant term. Atoms of a product are joined by '·', which no exporter writes. */
type Polynomial = ReadonlyMap<string, number>;

const TIMES = '·';
const known = new Map<string, Polynomial>();

export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  const sum = new Map(polynomial(a));
  for (const [term, k] of polynomial(b)) sum.set(term, (sum.get(term) ?? 0) + k);
  return canonical(sum);
}

export function multiplyDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  const product = new Map<string, number>();
  for (const [s, j] of polynomial(a)) {
    for (const [t, k] of polynomial(b)) {
      const term = [...factors(s), ...factors(t)].sort().join(TIMES);
      product.set(term, (product.get(term) ?? 0) + j * k);
    }
  }
  return canonical(product);
}

export function subtractDims(a: Dim, b: Dim): Dim {
  return addDims(a, multiplyDims(b, -1));
}

/** Floor division, exact for polynomials whose every term the divisor (a single term) divides. */
export function divideDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number' && b !== 0) return Math.floor(a / b);
  if (a === b || b === 1) return b === 1 ? a : 1;
  return exactQuotient(a, b) ?? atom(`floor(${a} / ${b})`);
}

/** a / b where that is a polynomial, else undefined. */
export function exactQuotient(a: Dim, b: Dim): Dim | undefined {
  const divisor = [...polynomial(b)];
  if (divisor.length !== 1) return a === b ? 1 : undefined;
  const [term, coefficient] = divisor[0] as [string, number];
  const quotient = new Map<string, number>();
  for (const [s, k] of polynomial(a)) {
    const left = factors(s);
    for (const factor of factors(term)) {
      const at = left.indexOf(factor);
      if (at < 0) return undefined;
      left.splice(at, 1);
    }
    if (k % coefficient !== 0) return undefined;
    quotient.set(left.join(TIMES), k / coefficient);
  }
  return canonical(quotient);
}

export function productOf(dims: readonly Dim[]): Dim {
  return dims.reduce(multiplyDims, 1);
}

/** A name as a size of its own, even if it looks like an expression. */
export function atom(name: string): Dim {
  if (!known.has(name)) known.set(name, new Map([[name, 1]]));
  return name;
}

/** The expression as terms: how a graph can compute it from its atoms. */
export function dimTerms(dim: Dim): { coefficient: number; atoms: string[] }[] {
  return [...polynomial(dim)].map(([term, coefficient]) => ({ coefficient, atoms: factors(term) }));
}

function polynomial(dim: Dim): Polynomial {
  if (typeof dim === 'number') return new Map(dim === 0 ? [] : [['', dim]]);
  return known.get(dim) ?? new Map([[dim, 1]]);
}

function factors(term: string): string[] {
  return term === '' ? [] : term.split(TIMES);
}

function canonical(terms: Map<string, number>): Dim {
  const kept = [...terms].filter(([, k]) => k !== 0).sort(([s], [t]) => (s < t ? -1 : s > t ? 1 : 0));
  if (kept.length === 0) return 0;
  const [first] = kept;
  if (kept.length === 1 && first && first[0] === '') return first[1];
  const text = kept.map(([term, k]) => (term === '' ? `${k}` : k === 1 ? term : `${k}${TIMES}${term}`)).join(' + ');
  if (!known.has(text)) known.set(text, new Map(kept));
  return text;
}

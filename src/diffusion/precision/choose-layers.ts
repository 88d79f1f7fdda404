/** Which layers stay in fp32: as few as the picture's error allows, the ones that rounding hurts most first. */

/** A layer as the choice sees it. */
export interface Candidate {
  /** Relative error of its output when it alone is rounded. */
  readonly error: number;
}

export interface Choice<C> {
  readonly chosen: readonly C[];
  /** What `measure` said of it. */
  readonly error: number;
}

/**
 * The largest set of candidates whose measured error is at most `target`, if candidates leave in the order of their own
 * errors: greedy, with bisection over how many leave, so that a graph of n layers is measured about log₂ n times.
 * `undefined` if no set but the empty one keeps to the target.
 * @param measure the picture's error with these candidates rounded
 */
export async function chooseLayers<C extends Candidate>(candidates: readonly C[], target: number, measure: (chosen: readonly C[]) => Promise<number>): Promise<Choice<C> | undefined> {
  const order = [...candidates].sort((a, b) => b.error - a.error);
  const attempt = async (kept: number): Promise<Choice<C>> => {
    const staying = new Set(order.slice(0, kept));
    const chosen = candidates.filter((candidate) => !staying.has(candidate));
    return { chosen, error: await measure(chosen) };
  };
  if (order.length === 0) return undefined;
  const all = await attempt(0);
  if (all.error <= target) return all;
  let [tooFew, enough] = [0, order.length];
  let best: Choice<C> | undefined;
  while (enough - tooFew > 1) {
    const middle = (tooFew + enough) >> 1;
    const choice = await attempt(middle);
    if (choice.error <= target) [enough, best] = [middle, choice];
    else tooFew = middle;
  }
  return best;
}

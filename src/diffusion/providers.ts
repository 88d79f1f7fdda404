/** What computes here: a request for a provider, settled against what this machine was found to have. */
import { easelCache, type ModelKind } from '../models';
import { automatic, ProviderReports, type Provider } from '../runtime';
import { DiffusionError } from './error';

export { automatic as automaticProvider, ProviderReports, worthTrying, type ProviderReport, type Trial } from '../runtime';

/** What is known of this machine's providers. */
export function providerReports(): ProviderReports {
  return new ProviderReports(easelCache());
}

/**
 * A provider that works here. `auto` is the fastest of those that drew this kind of model when they were probed: a drawing
 * never waits for a probe that nobody asked for. Throws `DiffusionError` (`bad-request`) for one asked for by name that does
 * not work.
 */
export async function settleProvider(provider: Provider, kind: ModelKind): Promise<Exclude<Provider, 'auto'>> {
  if (provider === 'cpu') return provider;
  if (provider === 'auto') return automatic(await providerReports().known(), kind);
  const { works, reason } = await providerReports().of(provider);
  if (works) return provider;
  throw new DiffusionError('bad-request', `the provider ${provider} does not work here: ${reason ?? 'no reason was given'}; use another (\`easel providers\` lists them, --probe asks again)`);
}

/**
 * The device that must be held while `provider` computes. Under `auto` it is the graphics card as soon as one kind of model is
 * drawn there: who draws another kind on the processor then waits too, which costs less than two pictures on one card.
 */
export async function deviceOf(provider: Provider): Promise<Exclude<Provider, 'auto'>> {
  if (provider !== 'auto') return provider;
  const reports = await providerReports().known();
  const kinds = new Set(reports.flatMap(({ trials = {} }) => Object.keys(trials)));
  return [...kinds].map((kind) => automatic(reports, kind)).find((taken) => taken !== 'cpu') ?? 'cpu';
}

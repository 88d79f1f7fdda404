/** What computes here: a request for a provider, settled against what this machine was found to have. */
import { easelCache } from '../models';
import { automatic, ProviderReports, type Provider, type ProviderReport } from '../runtime';
import { DiffusionError } from './error';

export { automatic as automaticProvider } from '../runtime';

/** What is known of the providers here; with `again` each is asked, in a process of its own. */
export function providerReports(again: boolean): Promise<readonly ProviderReport[]> {
  const reports = new ProviderReports(easelCache());
  return again ? reports.ask() : reports.known();
}

/**
 * A provider that works here. `auto` is the fastest of those that were asked already: a drawing never waits for a probe that
 * nobody asked for. Throws `DiffusionError` (`bad-request`) for one asked for by name that does not work.
 */
export async function settleProvider(provider: Provider): Promise<Exclude<Provider, 'auto'>> {
  if (provider === 'cpu') return provider;
  const reports = new ProviderReports(easelCache());
  if (provider === 'auto') return automatic(await reports.known());
  const { works, reason } = await reports.of(provider);
  if (works) return provider;
  throw new DiffusionError('bad-request', `the provider ${provider} does not work here: ${reason ?? 'no reason was given'}; use another (\`easel providers\` lists them, --probe asks again)`);
}

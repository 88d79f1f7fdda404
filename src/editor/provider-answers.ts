import type { ProbeResult, ProviderFinding } from '../engine/engine';

type Say = (message: string, ...args: (string | number)[]) => string;

/** One thing the provider setting can be, and why. */
export interface ProviderAnswer {
  readonly provider: ProviderFinding['provider'] | 'auto' | 'cpu';
  readonly works: boolean;
  /** One line. */
  readonly said: string;
}

/** What a probe found, as lines of a log and choices of a setting: `auto` and the processor first. */
export function providerAnswers({ findings, automatic }: ProbeResult, say: Say): ProviderAnswer[] {
  const meant = Object.entries(automatic).map(([kind, provider]) => `${kind}: ${provider}`);
  return [
    { provider: 'auto', works: true, said: meant.length > 0 ? meant.join(', ') : say('the processor') },
    { provider: 'cpu', works: true, said: say('the same bytes on every run') },
    ...findings.map((finding) => ({ provider: finding.provider, works: finding.works, said: saidOf(finding, say) })),
  ];
}

function saidOf({ works, reason, speed, trials = {} }: ProviderFinding, say: Say): string {
  if (!works) return reason ?? say('no reason was given');
  const drew = Object.entries(trials).map(([kind, trial]) =>
    trial.works ? say('draws {0} {1} times as fast as the processor', kind, trial.speed ?? '?') : say('does not draw {0}: {1}', kind, trial.reason ?? say('no reason was given')),
  );
  return [say('multiplies matrices {0} times as fast as the processor', speed ?? '?'), ...drew].join('; ');
}

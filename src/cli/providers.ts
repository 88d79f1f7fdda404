/** `easel providers`: what can compute here, as far as it was asked. */
import { Command } from 'commander';
import type { ProviderReport } from '../engine';
import { EXIT, type ExitCode, type Io } from './io';
import { withEngine } from './with-engine';

interface ProvidersFlags {
  probe?: boolean;
  json?: boolean;
}

export function providersCommand(io: Io, answer: (code: ExitCode) => void): Command {
  return new Command('providers')
    .description('what can compute here: the processor, and graphics cards that were probed')
    .option('--probe', 'ask every provider again, each in a process of its own, and draw on fast ones with a model of each kind')
    .option('--json', 'one JSON object per provider')
    .addHelpText('after', '\nauto is the processor until a probe saw a provider draw that kind of model right, and at least twice as fast.')
    .action(async (flags: ProvidersFlags) => answer(await providers(flags, io)));
}

async function providers({ probe = false, json = false }: ProvidersFlags, io: Io): Promise<ExitCode> {
  const { automaticProvider, providerReports } = await import('../engine');
  if (probe) await probeAll(io);
  const reports = await providerReports().known();
  const kinds = [...new Set(reports.flatMap(({ trials = {} }) => Object.keys(trials)))].sort();
  if (json) {
    for (const report of reports) io.out(JSON.stringify({ ...report, automatic: kinds.filter((kind) => automaticProvider(reports, kind) === report.provider) }));
    return EXIT.done;
  }
  const meant = (provider: string) => kinds.filter((kind) => automaticProvider(reports, kind) === provider);
  io.out(`cpu  works${reports.length > 0 && meant('cpu').length === kinds.length ? ', and is what auto means here' : ''}`);
  for (const report of reports) io.out(`${report.provider}  ${described(report)}${meant(report.provider).length > 0 ? `, and is what auto means for ${meant(report.provider).join(', ')}` : ''}`);
  if (reports.length === 0) io.out('others were not asked yet: easel providers --probe');
  return EXIT.done;
}

async function probeAll(io: Io): Promise<void> {
  const { listModels } = await import('../models');
  const models = (await listModels()).map(({ id, dir }) => ({ id, path: dir }));
  await withEngine({}, (engine) =>
    engine.probe(models, {
      signal: io.signal,
      onProgress: ({ phase, step, steps, heldBy }) => io.status(phase === 'waiting' ? `waiting${heldBy === undefined ? '' : ` for ${heldBy}`}` : `asking, question ${step + 1} of ${steps}`),
    }),
  ).finally(() => io.status(''));
}

function described({ works, reason = 'no reason was given', speed, trials = {} }: ProviderReport): string {
  if (!works) return `does not work: ${reason}`;
  const drew = Object.entries(trials).map(([kind, trial]) => (trial.works ? `draws ${kind} ${trial.speed ?? '?'} times as fast` : `does not draw ${kind}: ${trial.reason ?? 'no reason was given'}`));
  return [`works${speed === undefined ? '' : `, ${speed} times as fast as the processor`}`, ...drew].join('; ');
}

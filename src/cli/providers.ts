/** `easel providers`: what can compute here, as far as it was asked. */
import { Command } from 'commander';
import { EXIT, type ExitCode, type Io } from './io';

export function providersCommand(io: Io, answer: (code: ExitCode) => void): Command {
  return new Command('providers')
    .description('what can compute here: the processor, and graphics cards that were probed')
    .option('--probe', 'ask every provider again, each in a process of its own; takes up to a minute')
    .option('--json', 'one JSON object per provider')
    .action(async ({ probe = false, json = false }: { probe?: boolean; json?: boolean }) => {
      const { automaticProvider, providerReports } = await import('../engine');
      const reports = await providerReports(probe);
      if (json) for (const report of reports) io.out(JSON.stringify(report));
      else {
        io.out(`cpu  works${automaticProvider(reports) === 'cpu' ? ', and is what auto means here' : ''}`);
        for (const { provider, works, reason, speed } of reports) {
          const speedText = speed === undefined ? '' : `, ${speed} times as fast as the processor`;
          io.out(`${provider}  ${works ? `works${speedText}${automaticProvider(reports) === provider ? ', and is what auto means here' : ''}` : `does not work: ${reason ?? 'no reason was given'}`}`);
        }
        if (reports.length === 0) io.out('others were not asked yet: easel providers --probe');
      }
      answer(EXIT.done);
    });
}

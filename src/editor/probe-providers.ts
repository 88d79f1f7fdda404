import { ConfigurationTarget, l10n, window, workspace, type LogOutputChannel } from 'vscode';
import type { ProbeResult, Progress } from '../engine/engine';
import { listModels } from '../models';
import { tell } from './actions';
import type { EngineDoor } from './engine-door';
import { phaseLabel } from './progress-label';
import { providerAnswers } from './provider-answers';
import { setting } from './settings';
import { requireTrust } from './trust';
import { underNotification } from './under-notification';

/**
 * "Probe Providers": finds out, in processes that are thrown away, what can compute on this machine and draws with what is
 * fast. The answers are kept, so that `auto` follows them; they go to the log, and one can be made the setting.
 */
export async function probeProviders({ engine, log }: { engine: Pick<EngineDoor, 'probe' | 'renew'>; log: Pick<LogOutputChannel, 'info'> }): Promise<void> {
  try {
    requireTrust();
    const answers = providerAnswers(await probe(engine), l10n.t);
    for (const { provider, works, said } of answers) log.info(`${provider}: ${works ? said : `does not work: ${said}`}`);
    const current = setting('engine.provider');
    const items = answers.filter(({ works }) => works).map(({ provider, said }) => ({ label: provider, description: provider === current ? l10n.t('now') : '', detail: said, provider }));
    const rest = answers.filter(({ works }) => !works).map(({ provider }) => provider);
    const placeHolder = rest.length > 0 ? l10n.t('Not here: {0}; the log says why', rest.join(', ')) : undefined;
    const chosen = await window.showQuickPick(items, { title: l10n.t('Probe Providers: what computes the pictures'), placeHolder });
    if (!chosen) return;
    if (chosen.provider !== current) await workspace.getConfiguration('easel').update('engine.provider', chosen.provider, ConfigurationTarget.Global);
    // A model in memory stays where it was loaded, also under `auto`: another process loads it anew.
    if (!(await engine.renew())) window.setStatusBarMessage(l10n.t('{0} computes once what is under way has ended', chosen.provider), 5000);
  } catch (error) {
    await tell(error);
  }
}

/** Under a notification that counts questions and cancels. */
async function probe(engine: Pick<EngineDoor, 'probe'>): Promise<ProbeResult> {
  const models = (await listModels()).map(({ id, dir }) => ({ id, path: dir }));
  // A step is told when its question is asked, so the first is the first of them.
  const label = (now: Progress) => (now.phase === 'waiting' ? phaseLabel(now) : l10n.t('{0} of {1}', now.step + 1, now.steps));
  return underNotification(l10n.t('Probing providers'), label, (options) => engine.probe(models, options));
}

import { StatusBarAlignment, ThemeColor, l10n, window, type ExtensionContext } from 'vscode';
import type { BackgroundWork } from './background-work';
import type { EngineDoor } from './engine-door';
import type { Jobs } from './jobs';
import { progressLabel } from './progress-label';

/** One item, left: what is being drawn (a click cancels), that the engine has died (a click shows why), or how a training run goes (a click shows it). Hidden when there is nothing to say. */
export function registerStatusItem(context: ExtensionContext, jobs: Jobs, engine: EngineDoor, background: BackgroundWork): void {
  const item = window.createStatusBarItem('easel.status', StatusBarAlignment.Left, 10);
  item.name = 'Easel';
  const update = () => {
    const all = jobs.all();
    const [first] = all;
    item.backgroundColor = undefined;
    if (first) {
      item.text = `$(loading~spin) ${first.block.name}: ${progressLabel(first)}`;
      item.tooltip = all.length > 1 ? l10n.t('{0} blocks are being drawn. Click to cancel.', all.length) : l10n.t('Click to cancel.');
      item.command = 'easel.cancel';
      item.show();
    } else if (background.current) {
      item.text = `$(${background.current.icon}) ${background.current.text}`;
      item.tooltip = background.current.tooltip;
      item.command = background.current.command;
      item.show();
    } else if (engine.crash) {
      item.text = `$(error) ${l10n.t('Easel engine stopped')}`;
      item.tooltip = engine.crash;
      item.command = 'easel.showLog';
      item.backgroundColor = new ThemeColor('statusBarItem.errorBackground');
      item.show();
    } else {
      item.hide();
    }
  };
  context.subscriptions.push(item, jobs.onDidChange(update), engine.onDidChange(update), background.onDidChange(update));
}

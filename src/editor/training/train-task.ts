import { CustomExecution, Task, TaskScope, Uri, l10n, workspace, type TaskDefinition, type TaskProvider, type WorkspaceFolder } from 'vscode';
import { z } from 'zod';
import { WorkTerminal } from '../work-terminal';
import type { Run } from './run';
import type { Runs } from './runs';
import { progressLabel } from './run-words';
import type { TrainingActions } from './training-actions';

const TrainTask = z.object({ type: z.literal('easel-train'), config: z.string().min(1) });
/** Configs offered as tasks without being asked for by name. */
const OFFERED = 50;

/** `easel-train` tasks: make the run of a `train.yaml`, or go on with it. Closing the terminal stops the run, which keeps what was good last. */
export function trainTasks(actions: TrainingActions, runs: Runs): TaskProvider {
  const toTask = (definition: TaskDefinition, scope: WorkspaceFolder | TaskScope.Workspace): Task | undefined => {
    const parsed = TrainTask.safeParse(definition);
    if (!parsed.success) return undefined;
    const folder = typeof scope === 'object' ? scope : workspace.workspaceFolders?.[0];
    const execution = new CustomExecution(async () => new WorkTerminal((print, signal) => make(parsed.data.config, folder, print, signal)));
    const task = new Task(definition, scope, l10n.t('train {0}', parsed.data.config), 'easel', execution, []);
    task.detail = l10n.t('Trains with the window\'s engine');
    return task;
  };

  async function make(config: string, folder: WorkspaceFolder | undefined, print: (line: string) => void, signal: AbortSignal): Promise<number> {
    if (!folder) throw new Error(l10n.t('An Easel task needs an open folder.'));
    const { run, training } = await actions.begin(Uri.joinPath(folder.uri, config));
    let said = '';
    const stop = () => void runs.control(run, 'stop');
    const say = (one: Run) => {
      // Closed while the run was only being made ready: there was nothing to stop yet.
      if (one === run && signal.aborted && !run.isStopping) stop();
      const line = one === run ? progressLabel(run) : undefined;
      if (line !== undefined && line !== said) print((said = line));
    };
    const listening = runs.onDidChange(say);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      const { state, step, path } = await training;
      print(`${state === 'finished' ? l10n.t('finished') : l10n.t('stopped')}, ${l10n.t('step {0}', step)}${path === null ? '' : `: ${path}`}`);
      return state === 'finished' ? 0 : 1;
    } finally {
      listening.dispose();
    }
  }

  return {
    async provideTasks() {
      if (!workspace.isTrusted) return [];
      const found = await workspace.findFiles('**/train.yaml', '**/node_modules/**', OFFERED);
      return found.flatMap((uri) => {
        const folder = workspace.getWorkspaceFolder(uri);
        return (folder && toTask({ type: 'easel-train', config: workspace.asRelativePath(uri, false) }, folder)) ?? [];
      });
    },
    resolveTask: ({ definition, scope }) => (typeof scope === 'object' || scope === TaskScope.Workspace ? toTask(definition, scope) : undefined),
  };
}

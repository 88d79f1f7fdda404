import { CustomExecution, Task, TaskScope, Uri, l10n, workspace, type TaskDefinition, type TaskProvider, type WorkspaceFolder } from 'vscode';
import { z } from 'zod';
import type { Actions } from './actions';
import type { PictureStates } from './picture-states';
import type { PromptFiles } from './prompt-files';
import { WorkTerminal } from './work-terminal';

const EaselTask = z.object({
  type: z.literal('easel'),
  file: z.string().min(1),
  block: z.string().optional(),
  changed: z.boolean().optional(),
});
type EaselTask = z.infer<typeof EaselTask>;

/** Files offered as tasks without being asked for by name. */
const OFFERED = 50;

/**
 * `easel` tasks: draw a prompt file as a build step. They run in the window's engine, through the same door as a lens,
 * so a task in Restricted Mode draws nothing either.
 */
export function easelTasks(files: PromptFiles, states: PictureStates, actions: Actions): TaskProvider {
  const toTask = (definition: TaskDefinition, scope: WorkspaceFolder | TaskScope.Workspace): Task | undefined => {
    const parsed = EaselTask.safeParse(definition);
    if (!parsed.success) return undefined;
    const name = `${parsed.data.changed ? l10n.t('generate changed') : l10n.t('generate')} ${parsed.data.file}${parsed.data.block === undefined ? '' : ` # ${parsed.data.block}`}`;
    const folder = typeof scope === 'object' ? scope : workspace.workspaceFolders?.[0];
    const execution = new CustomExecution(async () => new WorkTerminal((print, signal) => run(parsed.data, folder, print, signal)));
    const task = new Task(definition, scope, name, 'easel', execution, []);
    task.detail = l10n.t('Draws with the window\'s engine');
    return task;
  };

  async function run(task: EaselTask, folder: WorkspaceFolder | undefined, print: (line: string) => void, signal: AbortSignal): Promise<number> {
    if (!folder) throw new Error(l10n.t('An Easel task needs an open folder.'));
    const document = await workspace.openTextDocument(Uri.joinPath(folder.uri, task.file));
    const blocks = (files.parse(document)?.blocks ?? []).filter(({ name, count }) => count > 0 && (task.block ?? name) === name);
    if (blocks.length === 0) throw new Error(l10n.t('{0} has no block to draw{1}.', task.file, task.block === undefined ? '' : ` ${l10n.t('named {0}', task.block)}`));
    if (task.changed) await states.refresh(document);
    let failed = 0;
    for (const block of blocks) {
      if (signal.aborted) break;
      const status = task.changed ? states.get(document, block) : undefined;
      if (status?.state === 'fresh') {
        print(l10n.t('{0}: fresh', block.name));
        continue;
      }
      if (status?.state === 'unknown') {
        failed += 1;
        print(l10n.t('{0}: unknown, and so not drawn: {1}', block.name, status.reasons.join('; ')));
        continue;
      }
      try {
        for (const path of await actions.generate(document, block, signal)) print(`${block.name}: ${path}`);
      } catch (error) {
        failed += 1;
        print(`${block.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return failed > 0 ? 3 : 0;
  }

  return {
    async provideTasks() {
      if (!workspace.isTrusted) return [];
      const found = await workspace.findFiles('**/*.t2i', '**/node_modules/**', OFFERED);
      return found.flatMap((uri) => {
        const folder = workspace.getWorkspaceFolder(uri);
        const definition = { type: 'easel', file: workspace.asRelativePath(uri, false) };
        const offered = folder ? [toTask(definition, folder), toTask({ ...definition, changed: true }, folder)] : [];
        return offered.filter((task) => task !== undefined);
      });
    },
    resolveTask: ({ definition, scope }) => (typeof scope === 'object' || scope === TaskScope.Workspace ? toTask(definition, scope) : undefined),
  };
}

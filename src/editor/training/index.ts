/**
 * Training in the editor: what is to be trained is asked for or read from a `train.yaml`, the engine makes the run in its
 * own process, and a panel shows it from the run's folder. Loaded with the first command, task, panel or `train.yaml`.
 */
import type { ExtensionContext, LogOutputChannel, TaskProvider } from 'vscode';
import type { BackgroundWork } from '../background-work';
import type { EngineDoor } from '../engine-door';
import { RunPanels } from './run-panels';
import { Runs } from './runs';
import { trainTasks } from './train-task';
import { registerTrainYaml } from './train-yaml-editing';
import { TrainingActions } from './training-actions';
import { trainingCommands } from './training-commands';

export interface Training {
  readonly panels: RunPanels;
  readonly tasks: TaskProvider;
  readonly commands: ReturnType<typeof trainingCommands>;
}

/** Makes the parts and registers what they contribute. */
export function startTraining(context: ExtensionContext, { engine, background, log }: { engine: EngineDoor; background: BackgroundWork; log: LogOutputChannel }): Training {
  const runs = new Runs(engine, background);
  context.subscriptions.push(runs);
  const actions: TrainingActions = new TrainingActions(runs, () => panels, log);
  const panels = new RunPanels({ extensionUri: context.extensionUri, runs, log, act: (run, action) => actions.act(run, action) });
  panels.register(context);
  registerTrainYaml(context, runs);
  return { panels, tasks: trainTasks(actions, runs), commands: trainingCommands(actions, runs, panels) };
}

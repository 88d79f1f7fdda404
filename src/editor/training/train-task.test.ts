import assert from 'node:assert/strict';
import type { Task, TaskProvider } from 'vscode';
import type { TrainResult } from '../../engine/engine';
import type { TrainEvent } from '../../prompt';
import { runTask, stubTasks } from '../test-support/run-task';
import { FakeUri, vscode } from '../test-support/with-vscode';
import { Run } from './run';

const folder = { uri: new FakeUri('/work'), name: 'work', index: 0 };
const started: TrainEvent = { event: 'started', time: 0, step: 0, run: '/run', name: 'cats', steps: 9, dataset: { pictures: 3, captions: 3, without: 0, training: 2, validation: 1, fingerprint: 'f' }, trainables: 1, modelParameters: 1000, blocks: [], threads: 1, runtime: 'x', revision: null, notes: [] };
const step = (at: number): TrainEvent => ({ event: 'step', time: at, step: at, steps: 9, loss: 1, learningRate: 1e-3, gradientNorm: 1, matchedRank: 2, tokenCosine: 0.1, secondsPerStep: 1, etaSeconds: 9 - at });

describe('a task that trains', () => {
  let run: Run;
  let tasks: TaskProvider;
  let begun: string[];
  let controls: string[];
  let listeners: number;
  let finish: (result: TrainResult) => void;
  let fail: (error: Error) => void;
  let refused: Error | undefined;
  const moved = new vscode.EventEmitter<Run>();
  /** The run's code and lines; `work` is what happens while it goes on. */
  const make = async (work: (close: () => void) => void, definition: object = { config: 'cats/train.yaml' }) => {
    const task = (await tasks.resolveTask({ definition: { type: 'easel-train', ...definition }, scope: folder } as unknown as Task, undefined as never)) as Task;
    return runTask(task, (close) => setImmediate(() => work(close)));
  };
  const hear = (...events: TrainEvent[]) => {
    for (const event of events) {
      run.hear(event);
      moved.fire(run);
    }
  };
  beforeEach(async () => {
    stubTasks();
    [begun, controls, listeners, refused] = [[], [], 0, undefined];
    run = new Run('/run');
    const training = new Promise<TrainResult>((resolve, reject) => { [finish, fail] = [resolve, reject]; });
    training.catch(() => {});
    const actions = {
      begin: (config: FakeUri) => {
        begun.push(config.path);
        if (refused) return Promise.reject(refused);
        run.isLive = true;
        return Promise.resolve({ run, training });
      },
    };
    const onDidChange = (listener: (one: Run) => void) => {
      const listening = moved.event(listener);
      listeners += 1;
      return { dispose: () => (listening.dispose(), (listeners -= 1)) };
    };
    const control = (one: Run, action: string) => {
      assert.equal(one, run);
      controls.push(action);
      run.isStopping = true;
      return Promise.resolve(true);
    };
    const { trainTasks } = await import('./train-task');
    tasks = trainTasks(actions as never, { onDidChange, control } as never);
  });

  it('makes the run of its config, and tells each line once', async () => {
    const { code, lines } = await make(() => {
      hear(started, step(1));
      moved.fire(run);
      moved.fire(new Run('/other'));
      finish({ state: 'finished', step: 9, path: '/work/adapters/cats.safetensors', notes: [] });
    });
    assert.deepEqual([code, begun, listeners], [0, ['/work/cats/train.yaml'], 0]);
    // The stub leaves the places of numbers as they are.
    assert.deepEqual(lines, ['step {0} of {1}', 'step {0} of {1}, {0} s left', 'finished, step {0}: /work/adapters/cats.safetensors']);
  });

  it('stops the run once when its terminal is closed, and says that it is not finished', async () => {
    const { code, lines } = await make((close) => {
      hear(started);
      close();
      hear(step(1));
      finish({ state: 'stopped', step: 1, path: null, notes: [] });
    });
    assert.deepEqual([code, controls, lines.at(-1)], [1, ['stop'], 'stopped, step {0}']);
  });

  it('fails with the reason, before the run and in it', async () => {
    assert.deepEqual(await make(() => fail(new Error('no space'))), { code: 3, lines: ['no space'] });
    assert.equal(listeners, 0);
    refused = new Error('train.yaml: name is missing');
    assert.deepEqual(await make(() => {}), { code: 3, lines: ['train.yaml: name is missing'] });
    assert.equal(await tasks.resolveTask({ definition: { type: 'easel-train' }, scope: folder } as unknown as Task, undefined as never), undefined);
  });
});

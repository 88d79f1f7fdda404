import assert from 'node:assert/strict';
import type { Progress } from '../engine/engine';
import { vscode } from './test-support/with-vscode';
import type { underNotification } from './under-notification';

describe('work under a notification', () => {
  let told: { message: string; increment: number }[];
  let cancel: () => void;
  const run = async (work: Parameters<typeof underNotification<unknown>>[2]) => (await import('./under-notification')).underNotification('Editing', ({ phase, step, steps }) => `${phase} ${step}/${steps}`, work);
  beforeEach(() => {
    told = [];
    Object.assign(vscode, { ProgressLocation: { Notification: 15 } });
    vscode.window.withProgress = ({ title, cancellable, location }: { title: string; cancellable: boolean; location: number }, work: (progress: unknown, token: unknown) => unknown) => {
      assert.deepEqual([title, cancellable, location], ['Editing', true, 15]);
      return work({ report: (one: { message: string; increment: number }) => told.push(one) }, { onCancellationRequested: (listener: () => void) => (cancel = listener) });
    };
  });

  it('tells every phase, and fills the bar once', async () => {
    const phases: Progress[] = [{ phase: 'waiting', step: 0, steps: 0 }, { phase: 'denoising', step: 0, steps: 4 }, { phase: 'denoising', step: 1, steps: 4 }, { phase: 'denoising', step: 4, steps: 4 }, { phase: 'writing', step: 0, steps: 0 }];
    const work = ({ onProgress }: { onProgress: (now: Progress) => void }) => {
      phases.forEach(onProgress);
      return Promise.resolve('path');
    };
    assert.equal(await run(work), 'path');
    assert.deepEqual(told, [{ message: 'waiting 0/0', increment: 0 }, { message: 'denoising 0/4', increment: 0 }, { message: 'denoising 1/4', increment: 25 }, { message: 'denoising 4/4', increment: 75 }, { message: 'writing 0/0', increment: 0 }]);
  });

  it('is cancelled by its button', async () => {
    await run(async ({ signal }) => {
      assert.equal(signal.aborted, false);
      cancel();
      assert.equal(signal.aborted, true);
    });
  });

  it('rejects as the work does', async () => {
    await assert.rejects(run(() => Promise.reject(new Error('no such model'))), /no such model/);
  });
});

/** A run whose process is killed outright: nothing is lost beyond the last checkpoint interval, and the end is the same to the bit. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readSoftTokens } from '../../../src/adapters';
import { TrainEvent } from '../../../src/prompt';

const ROOT = join(__dirname, '../../..');
const EVERY = 4;

describe('a training run that is killed', () => {
  let folder: string;
  before(async () => void (folder = await mkdtemp(join(tmpdir(), 'easel-killed-'))));
  after(() => rm(folder, { recursive: true }));

  /** The command line in a process of its own; `onEvent` may end it. */
  async function train(run: string, onEvent: (event: TrainEvent, kill: (signal: NodeJS.Signals) => void) => void = () => {}) {
    const args = ['train', 'soft-tokens', join(ROOT, 'examples/icons-dataset'), '--model', join(ROOT, 'test/fixtures/models/tiny-icon'), '--name', 'crisp', '--steps', '14', '--threads', '1',
      '--run', join(folder, run), '-o', join(folder, `${run}.safetensors`), '--set', `checkpointEvery=${EVERY}`, 'sampleEvery=0', '--json'];
    const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'src/cli/main.ts'), ...args], { env: { ...process.env, EASEL_HOME: join(folder, 'home') }, stdio: ['ignore', 'pipe', 'pipe'] });
    const events: TrainEvent[] = [];
    let errors = '';
    child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = TrainEvent.parse(JSON.parse(line));
      events.push(event);
      onEvent(event, (signal) => child.kill(signal));
    });
    const code = await new Promise<number | null>((resolve) => child.on('close', (exit) => resolve(exit)));
    return { code, events, errors };
  }
  const steps = (events: readonly TrainEvent[]) => events.filter(({ event }) => event === 'step').map(({ step }) => step);
  /** The numbers; the header has the dataset's Git revision, which others may move meanwhile. */
  const tokens = async (run: string) => (await readSoftTokens(join(folder, `${run}.safetensors`))).soft;

  it('by SIGKILL in the middle goes on from its last checkpoint to the same bits', async () => {
    const whole = await train('whole');
    assert.equal(whole.code, 0, whole.errors);
    const killed = await train('killed', (event, kill) => event.event === 'step' && event.step === 10 && kill('SIGKILL'));
    assert.equal(killed.code, null);
    const again = await train('killed');
    assert.equal(again.code, 0, again.errors);
    const resumed = again.events.find((event) => event.event === 'resumed');
    assert.ok(resumed && resumed.step >= 10 - EVERY && resumed.step <= 14, `resumed at ${resumed?.step}`);
    assert.deepEqual(await tokens('killed'), await tokens('whole'));
    for (const line of (await readFile(join(folder, 'killed/events.jsonl'), 'utf8')).trimEnd().split('\n')) TrainEvent.parse(JSON.parse(line));
  }).timeout(180_000);

  it('by Ctrl-C stops with a checkpoint and says so', async () => {
    const stopped = await train('stopped', (event, kill) => event.event === 'step' && event.step === 2 && kill('SIGINT'));
    assert.equal(stopped.code, 1, stopped.errors);
    const last = stopped.events.at(-1)!;
    assert.deepEqual([last.event, last.event === 'finished' && last.state], ['finished', 'stopped']);
    assert.ok(last.step < 14);
    assert.match(stopped.errors, /stopped at step \d+; the same command goes on/);
    const again = await train('stopped');
    assert.deepEqual(steps(again.events), Array.from({ length: 14 - last.step }, (_, i) => last.step + i + 1));
    assert.deepEqual(await tokens('stopped'), await tokens('whole'));
  }).timeout(180_000);
});

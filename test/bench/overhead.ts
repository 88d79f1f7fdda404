/**
 * What the engine costs on top of the network: one warm drawing (20 steps, guidance, one picture) against the time that its
 * own bare `session.run` calls take. Both are measured in the same drawing, so that a busy machine slows both alike.
 * `--model DIR` takes another model than the shipped one; `--rounds N` more rounds than 15.
 */
import { parseArgs } from 'node:util';
import { InferenceSession } from 'onnxruntime-node';
import { Pipelines } from '../../src/diffusion';
import { embeddedModelFolder } from '../../src/models';
import { physicalCores } from '../../src/runtime';
import { TINY_ICON, tinyRequest } from '../../src/diffusion/test-support/tiny-request';

const STEPS = 20;
const BOUND = 1.03;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { model: { type: 'string' }, rounds: { type: 'string', default: '15' } } });
  const dir = values.model ?? embeddedModelFolder() ?? TINY_ICON;
  const network = stopwatchOn(InferenceSession);
  const pipelines = new Pipelines();
  const request = tinyRequest({ model: { id: 'bench', path: dir }, steps: STEPS });
  const { signal } = new AbortController();
  const draw = () => pipelines.draw(request, { signal, yieldNow: () => new Promise((resolve) => setImmediate(resolve)), onPhase: () => undefined, onPreview: () => undefined });
  for (let i = 0; i < 3; i++) await draw(); // warm: graphs open, texts encoded, memory planned
  const rounds: { drawing: number; raw: number; ratio: number }[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    network.reset();
    const start = performance.now();
    await draw();
    const drawing = performance.now() - start;
    rounds.push({ drawing, raw: network.total(), ratio: drawing / network.total() });
  }
  await pipelines.dispose();
  const ratio = median(rounds.map((round) => round.ratio));
  console.log(`overhead of a warm drawing, ${STEPS} steps with guidance, ${physicalCores()} threads, ${dir}`);
  console.log(`  raw session.run calls ${median(rounds.map(({ raw }) => raw)).toFixed(1)} ms, drawing ${median(rounds.map(({ drawing }) => drawing)).toFixed(1)} ms, ratio ${ratio.toFixed(3)} (aim: at most ${BOUND})`);
}

/** Adds up the time spent in every session's own `run`. */
function stopwatchOn(sessions: typeof InferenceSession): { reset(): void; total(): number } {
  let total = 0;
  const create = sessions.create.bind(sessions) as (...values: unknown[]) => Promise<InferenceSession>;
  Object.assign(sessions, {
    create: async (...values: unknown[]) => {
      const session = await create(...values);
      const run = session.run.bind(session) as (...feeds: unknown[]) => Promise<InferenceSession.ReturnType>;
      session.run = (async (...feeds: unknown[]) => {
        const start = performance.now();
        const results = await run(...feeds);
        total += performance.now() - start;
        return results;
      }) as InferenceSession['run'];
      return session;
    },
  });
  return { reset: () => (total = 0), total: () => total };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

void main();

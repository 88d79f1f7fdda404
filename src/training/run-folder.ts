/** A run on disk: its request, its events, its checkpoints, what came of it. */
import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { stringify } from 'yaml';
import { TrainRequest, type TrainEvent } from '../prompt';
import { TrainingError } from './error';

export class RunFolder {
  private constructor(
    readonly path: string,
    private readonly name: string,
    private readonly onEvent: (event: TrainEvent) => void,
  ) {}

  /**
   * Opens the run's folder, or makes it. A folder with another run, or with anything else, is refused (`bad-request`).
   * A line that a crash cut short is cut off.
   */
  static async open(request: TrainRequest, onEvent: (event: TrainEvent) => void): Promise<RunFolder> {
    const { run, name } = request;
    const there: string[] = await readdir(run).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw new TrainingError('disk', `the run's folder ${run} cannot be used (${error.code}); choose another`, { cause: error });
    });
    const folder = new RunFolder(run, name, onEvent);
    if (there.includes('request.json')) await folder.mustBe(request);
    else if (there.some((name) => name !== 'train.yaml')) throw new TrainingError('bad-request', `${run} is not a run and not empty; give the run a folder of its own`);
    for (const part of ['checkpoints', 'samples']) await mkdir(join(run, part), { recursive: true });
    await replace(join(run, 'request.json'), `${JSON.stringify(request, null, 2)}\n`);
    // One that a person or the editor wrote is left as it is, comments and all.
    if (!there.includes('train.yaml')) await replace(join(run, 'train.yaml'), stringify({ method: request.method, name, model: request.model.id, dataset: request.dataset, output: request.output, ...request.options }));
    const lines = await readFile(folder.events, 'utf8').catch(() => '');
    const whole = lines.slice(0, lines.lastIndexOf('\n') + 1);
    if (whole !== lines) await replace(folder.events, whole);
    return folder;
  }

  get events(): string {
    return join(this.path, 'events.jsonl');
  }

  get checkpoints(): string {
    return join(this.path, 'checkpoints');
  }

  /** The last good state, as a file that a prompt can use. */
  get artefact(): string {
    return join(this.path, `${this.name}.safetensors`);
  }

  sample(step: number, index: number, tokens: 'with' | 'without'): string {
    return join(this.path, 'samples', `${String(step).padStart(6, '0')}-${index}-${tokens}.png`);
  }

  /** Writes the event down, then tells it. */
  async tell(event: DistributiveOmit<TrainEvent, 'time'>): Promise<void> {
    const timed = { ...event, time: Date.now() } as TrainEvent;
    await appendFile(this.events, `${JSON.stringify(timed)}\n`);
    this.onEvent(timed);
  }

  /** What may differ when a run goes on: how long, how often, and where things lie now. */
  private async mustBe(request: TrainRequest): Promise<void> {
    const file = join(this.path, 'request.json');
    let before: TrainRequest;
    try {
      before = TrainRequest.parse(JSON.parse(await readFile(file, 'utf8')));
    } catch (error) {
      throw new TrainingError('bad-request', `${file} is damaged or from another Easel; give the run another folder`, { cause: error });
    }
    const [was, is] = [essence(before), essence(request)];
    const other = Object.keys({ ...was, ...is }).find((key) => JSON.stringify(was[key]) !== JSON.stringify(is[key]));
    if (other !== undefined) throw new TrainingError('bad-request', `${basename(this.path)} is a run with ${other} ${JSON.stringify(was[other])}, not ${JSON.stringify(is[other])}; give this one another folder`);
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

function essence({ method, name, model, options }: TrainRequest): Record<string, unknown> {
  const { steps: _steps, checkpointEvery: _checkpoints, keepCheckpoints: _keep, sampleEvery: _every, samplePrompts: _prompts, sampleSeed: _seed, sampleSteps: _sampleSteps, ...rest } = options;
  return { method, name, model: model.sha256 ?? model.id, ...rest, ...(options.schedule === 'cosine' && { steps: options.steps }) };
}

/** Under a temporary name, then renamed: whole or not at all. */
export async function replace(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

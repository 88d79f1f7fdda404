/**
 * What is known about this machine's execution providers, kept in a file of the user's cache: a probe takes seconds and its
 * answer holds until the machine, its drivers or the runtime change.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform, release } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { Finding, probeProvider, type ProviderReport, type Trial } from './probe-provider';
import type { Provider } from './session';

const ACCELERATORS = ['cuda', 'dml', 'coreml', 'webgpu'] as const satisfies readonly ProviderReport['provider'][];
const Report = Finding.extend({ provider: z.enum(ACCELERATORS), trials: z.record(z.string(), Finding).optional() });
const Reports = z.object({ machine: z.string(), reports: z.array(Report) });

/** CoreML splits these graphs into so many pieces that it is no gain (onnxruntime#17654). */
const NEVER_AUTOMATIC: ReadonlySet<string> = new Set(['coreml']);
/** A provider must be clearly faster than the processor before `auto` prefers it. */
const WORTHWHILE = 2;

export class ProviderReports {
  private readonly file: string;

  /** @param directory the user's cache */
  constructor(
    directory: string,
    private readonly probe: (provider: ProviderReport['provider'], signal?: AbortSignal) => Promise<ProviderReport> = (provider, signal) => probeProvider(provider, signal),
  ) {
    this.file = join(directory, 'providers.json');
  }

  /** What is known and still true of this machine. */
  async known(): Promise<readonly ProviderReport[]> {
    const text = await readFile(this.file, 'utf8').catch(() => '');
    try {
      const { machine, reports } = Reports.parse(JSON.parse(text));
      return machine === thisMachine() ? reports : [];
    } catch {
      return [];
    }
  }

  /** Asks again, one provider after the other, and keeps the answers. What was known of their trials is forgotten. Rejects when aborted. */
  async ask(providers: readonly ProviderReport['provider'][] = ACCELERATORS, signal?: AbortSignal): Promise<readonly ProviderReport[]> {
    const fresh: ProviderReport[] = [];
    for (const provider of providers) {
      fresh.push(await this.probe(provider, signal));
      signal?.throwIfAborted();
    }
    const others = (await this.known()).filter(({ provider }) => !providers.includes(provider));
    return this.keep([...others, ...fresh]);
  }

  /** Keeps what came of drawing with one kind of model. A provider that nothing is known of is not noted. */
  async learn(provider: string, kind: string, trial: Trial): Promise<readonly ProviderReport[]> {
    const reports = await this.known();
    return this.keep(reports.map((report) => (report.provider === provider ? { ...report, trials: { ...report.trials, [kind]: trial } } : report)));
  }

  private async keep(reports: readonly ProviderReport[]): Promise<readonly ProviderReport[]> {
    await mkdir(dirname(this.file), { recursive: true });
    await writeFile(`${this.file}.${process.pid}`, `${JSON.stringify({ machine: thisMachine(), reports }, null, 1)}\n`);
    await rename(`${this.file}.${process.pid}`, this.file);
    return reports;
  }

  /** What is known of one provider; it is asked if nothing is. */
  async of(provider: ProviderReport['provider']): Promise<ProviderReport> {
    const find = (reports: readonly ProviderReport[]) => reports.find((report) => report.provider === provider);
    return find(await this.known()) ?? find(await this.ask([provider]))!;
  }
}

/**
 * The provider that `auto` means for a kind of model, given what is known: the fastest of those that drew such a model and are
 * worth it, or the processor. One that multiplies matrices well but was never seen drawing is not trusted with a picture.
 */
export function automatic(reports: readonly ProviderReport[], kind: string): Exclude<Provider, 'auto'> {
  const speed = ({ trials }: ProviderReport) => trials?.[kind]?.speed ?? 0;
  const candidates = reports.filter((report) => report.works && report.trials?.[kind]?.works && speed(report) >= WORTHWHILE && !NEVER_AUTOMATIC.has(report.provider));
  return candidates.sort((a, b) => speed(b) - speed(a))[0]?.provider ?? 'cpu';
}

/** Is a provider worth trying with a model, given how it multiplies matrices? One that is no faster at that draws no faster. */
export function worthTrying({ provider, works, speed = 0 }: ProviderReport): boolean {
  return works && speed >= 1 && !NEVER_AUTOMATIC.has(provider);
}

/** What a report hangs on: system, runtime, and the drivers as far as they show. */
function thisMachine(): string {
  const library = createRequire(__filename).resolve('onnxruntime-node');
  const version = (JSON.parse(readFileSync(join(dirname(library), '../package.json'), 'utf8')) as { version: string }).version;
  const drivers = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d', '/sys/class/drm', '/proc/driver/nvidia/version'].map((path) => {
    try {
      return path.endsWith('version') ? readFileSync(path, 'utf8') : readdirSync(path).sort().join();
    } catch {
      return '';
    }
  });
  const variables = ['VK_ICD_FILENAMES', 'VK_DRIVER_FILES', 'LD_LIBRARY_PATH', 'CUDA_VISIBLE_DEVICES'].map((name) => process.env[name] ?? '');
  return [platform(), arch(), release(), `onnxruntime-node ${version}`, ...drivers, ...variables].join(' | ');
}

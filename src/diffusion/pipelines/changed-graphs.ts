/** The graphs of a model as one set of adapters changes them: opened when they are first needed, kept until another set is asked for. */
import { applyLoras, injectSoftTokens } from '../../adapters';
import type { ComponentName } from '../../models';
import { readModel } from '../../onnx';
import { openSession, type Session, type SessionOptions } from '../../runtime';
import type { TextModel } from '../text';
import type { Denoiser } from './denoiser';
import { graphToOpen } from './denoiser-graph';
import { fusedModel } from './fused-graph';
import { openInParts, type PartsOptions } from './graph-in-parts';
import type { Injection } from './requested-adapters';
import { withUnevenSides } from './uneven-sides';

export interface GraphOptions extends Pick<SessionOptions, 'provider' | 'threads'> {
  /** How a denoiser that is too large to be kept goes through memory, on the processor; whole unless said. */
  readonly parts?: Pick<PartsOptions, 'largeBytes' | 'half'>;
  /** A denoiser for sides that do not halve evenly. */
  readonly unevenSides?: boolean;
}

export class ChangedGraphs {
  denoiser: Denoiser | undefined;
  text: TextModel | undefined;
  private readonly sessions = new Map<ComponentName, Session>();
  private readonly told = new Set<string>();

  constructor(private readonly injection: Injection) {}

  /** What tells one set of adapters from another; a file that changed is another adapter. */
  static keyOf({ loras = [], ...tokens }: Injection): string {
    return JSON.stringify([tokens, loras.map(({ weight, file: { path, layers } }) => [path, weight, [...layers[0]!.tensors.values()].map(({ data }) => (data.kind === 'file' ? data.stamp : ''))])]);
  }

  /** Whether a part's graph is another than the model's own. */
  changes(name: ComponentName): boolean {
    const { blocks, loras = [] } = this.injection;
    return loras.some(({ file }) => file.layers.some(({ part }) => part === partOf(name))) || (blocks.length > 0 && partOf(name) === 'denoiser');
  }

  /** Rounded weights are no place for a LoRA. */
  get needsOriginals(): boolean {
    return (this.injection.loras ?? []).length > 0;
  }

  /** What has no place in the graphs that were opened so far, one line each. */
  get notes(): readonly string[] {
    return [...this.told];
  }

  async session(name: ComponentName, file: string, options: GraphOptions): Promise<Session> {
    const known = this.sessions.get(name);
    if (known) return known;
    const session = await this.open(name, file, options);
    this.sessions.set(name, session);
    return session;
  }

  async release(names: readonly ComponentName[] = [...this.sessions.keys()]): Promise<void> {
    for (const name of names) {
      if (name.startsWith('text_encoder')) this.text = undefined;
      else this.denoiser = undefined;
      const session = this.sessions.get(name);
      this.sessions.delete(name);
      await session?.release();
    }
  }

  /** Opens the changed graph; what it has of the model's weights is read from where it lies. */
  private async open(name: ComponentName, file: string, { provider, threads, parts, unevenSides = false }: GraphOptions): Promise<Session> {
    const { loras = [], ...tokens } = this.injection;
    const part = partOf(name);
    const plain = await readModel(file);
    const { model, missing } = applyLoras(unevenSides && part === 'denoiser' ? withUnevenSides(plain) : plain, part, loras);
    for (const { id } of loras) {
      const modules = missing.filter((one) => one.id === id).map(({ module }) => module);
      if (modules.length > 0) this.told.add(`<lora:${id}>: ${modules.length} of the layers that it changes are not in ${name} here, and were left out (${modules[0]}${modules.length > 1 ? ', …' : ''})`);
    }
    const hasTokens = part === 'denoiser' && tokens.blocks.length > 0;
    const onProcessor = provider === undefined || provider === 'auto' || provider === 'cpu';
    const inParts = parts && onProcessor && part === 'denoiser' && !hasTokens ? await openInParts(file, { threads, ...parts, model }) : undefined;
    if (inParts) return inParts;
    const whole = hasTokens ? injectSoftTokens(model, tokens) : onProcessor && part === 'denoiser' ? fusedModel(model) : model;
    return openSession(file, { provider, threads, ...graphToOpen(file, plain, whole, provider), memoryPattern: whole === model || hasTokens });
  }
}

function partOf(name: ComponentName) {
  return name === 'text_encoder' || name === 'text_encoder_2' || name === 'text_encoder_3' ? name : 'denoiser';
}

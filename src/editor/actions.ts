import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { commands, l10n, window, type TextDocument } from 'vscode';
import { EngineError } from '../engine/engine';
import { expand, hasErrors, slug, type Block, type GenerateRequest } from '../prompt';
import type { BlockIdentities } from './block-identity';
import type { Candidates } from './candidates';
import type { DiskContexts } from './disk-contexts';
import { isCancelled, type Jobs } from './jobs';
import type { PictureStates } from './picture-states';
import { requireTrust } from './trust';

/** What a block's pictures become when several seeds are tried. */
const CANDIDATES = 4;

/** What can be asked of a block, wherever it is asked: lens, palette, panel, task. */
export class Actions {
  constructor(
    private readonly identities: BlockIdentities,
    private readonly contexts: DiskContexts,
    private readonly jobs: Jobs,
    private readonly states: PictureStates,
    private readonly candidates: Candidates,
  ) {}

  /** Draws every picture of a block where it belongs. Resolves with the paths; rejects with one line to show. */
  async generate(document: TextDocument, block: Block, signal?: AbortSignal): Promise<string[]> {
    return this.run(document, block, async () => {
      const paths = await this.jobs.draw(document, block, await this.requests(document, block), signal);
      await this.candidates.set(this.identities.of(document, block), []);
      return paths;
    });
  }

  /** Draws a block's first picture with four seeds, into the history; the block's own picture stays until one is chosen. */
  async generateFour(document: TextDocument, block: Block): Promise<string[]> {
    return this.run(document, block, async () => {
      const [first] = await this.requests(document, block);
      // Each seed is expanded anew: it also chooses the words of variants and wildcards.
      const tried = await Promise.all(candidateSeeds(first.seed).map((seed) => this.requests(document, block, seed)));
      const paths = await this.jobs.draw(document, block, asCandidates(tried.map(([request]) => request)));
      await this.candidates.set(this.identities.of(document, block), paths);
      return paths;
    });
  }

  /** The complete requests of a block (with `seed` in place of its own), or an error that repeats its first diagnostic. */
  private async requests(document: TextDocument, asked: Block, seed?: string): Promise<[GenerateRequest, ...GenerateRequest[]]> {
    // Asked here too, so that an untrusted workspace's models are not even hashed; the engine asks again.
    requireTrust();
    const found = await this.contexts.get(document);
    if (!found) throw new EngineError('bad-request', l10n.t('{0} is not on this machine\'s disk, where its pictures would go. Save it into a folder first.', document.fileName));
    // A block may have waited for others to be drawn, and its text may have changed meanwhile.
    const block = this.identities.find(found.prompt.blocks, this.identities.of(document, asked));
    if (!block) throw new EngineError('bad-request', l10n.t('{0} has no block {1} any more.', document.fileName, asked.name));
    const context = seed === undefined ? found.context : { ...found.context, overrides: { ...found.context.overrides, seed } };
    const { requests, diagnostics } = expand(found.prompt, block, context);
    const problem = hasErrors(diagnostics) ? diagnostics.find(({ severity }) => severity === 'error') : undefined;
    if (problem) throw new EngineError('bad-request', `${block.name}: ${problem.message}`);
    const [first, ...rest] = requests;
    if (!first) throw new EngineError('bad-request', l10n.t('{0} says no picture: write a prompt under its heading.', block.name));
    return [first, ...rest];
  }

  private async run(document: TextDocument, block: Block, work: () => Promise<string[]>): Promise<string[]> {
    try {
      return await work();
    } catch (error) {
      // While the block is being drawn, what is refused is this second request; it says nothing of the pictures to come.
      if (error instanceof Error && !isCancelled(error) && !this.jobs.of(document, block)) this.jobs.fail(document, block, error);
      throw error;
    } finally {
      await this.states.refresh(document);
    }
  }
}

/** Four seeds that follow each other. */
function candidateSeeds(first: string): string[] {
  return Array.from({ length: CANDIDATES }, (_, place) => BigInt.asUintN(64, BigInt(first) + BigInt(place)).toString());
}

/** The same pictures, each to a file of its own in the history. */
function asCandidates(requests: readonly GenerateRequest[]): GenerateRequest[] {
  const stamp = `${new Date().toISOString().replace(/[-:.]/g, '')}-${randomBytes(2).toString('hex')}`;
  return requests.map((request, place) => {
    const { output } = request;
    if (output.root === null) throw new EngineError('bad-request', l10n.t('Candidates need a folder to lie in. Save the prompt file first.'));
    const path = join(output.root, '.easel', 'history', 'candidates', `${slug(output.source?.block ?? 'picture')}-${stamp}-${place + 1}.png`);
    return { ...request, output: { ...output, path, saveLatents: null } };
  });
}

/** Shows why something did not happen, with what to do next. Cancelling is no failure. */
export async function tell(error: unknown): Promise<void> {
  if (isCancelled(error)) return;
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof EngineError ? error.code : undefined;
  const action = code === 'untrusted' ? l10n.t('Manage Workspace Trust') : code === 'bad-request' ? undefined : l10n.t('Show Log');
  const chosen = await (action ? window.showErrorMessage(message, action) : window.showErrorMessage(message));
  if (chosen !== undefined) await commands.executeCommand(code === 'untrusted' ? 'workbench.trust.manage' : 'easel.showLog');
}

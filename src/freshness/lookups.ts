/** What is looked up once for many prompt files: the models they name, and who writes where. For one command or one check. */
import { hashModelFolder, readModelFolder, resolveModel, type RegistryOptions } from '../models';
import type { ExpandContext } from '../prompt';
import { ClaimIndex } from './claims';
import { remembered } from './remembered';

/** A model as a block needs it, or one line that says why it cannot be used. */
export type FoundModel = { model: NonNullable<ReturnType<ExpandContext['model']>> } | { problem: string };

export class Lookups {
  private readonly models = new Map<string, Promise<FoundModel>>();
  private readonly indexes = new Map<string, Promise<ClaimIndex>>();

  constructor(private readonly registry: RegistryOptions = {}) {}

  /** `anywhere`: a folder that a person typed, not a file of the repository, may lie outside of the root. Rejects only when aborted. */
  model(name: string, options: { root: string; anywhere: boolean; signal?: AbortSignal }): Promise<FoundModel> {
    return remembered(this.models, JSON.stringify([options.root, options.anywhere, name]), () => this.findModel(name, options));
  }

  claims(root: string): Promise<ClaimIndex> {
    return remembered(this.indexes, root, () => ClaimIndex.read(root));
  }

  private async findModel(name: string, { root, anywhere, signal }: { root: string; anywhere: boolean; signal?: AbortSignal }): Promise<FoundModel> {
    try {
      const { id, dir } = await resolveModel(name, { ...this.registry, root, anywhere });
      const folder = await readModelFolder(dir, id);
      return { model: { reference: { id, sha256: await hashModelFolder(folder, { signal }), path: dir }, defaults: folder.defaults } };
    } catch (error) {
      signal?.throwIfAborted();
      return { problem: error instanceof Error ? error.message : String(error) };
    }
  }
}

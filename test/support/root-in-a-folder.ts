/** A root with room beside it, for what must stay inside and for what lies outside. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface RootInAFolder {
  /** Absolute, without links; gone after each test. */
  readonly base: string;
  /** `base`/root, made anew before each test. */
  readonly root: string;
  /** Makes empty files at paths below the root, with their folders. */
  put(...names: string[]): Promise<void>;
}

/** Gives every test of a suite such a root. Call it before the suite's own hooks, and read its fields within tests. */
export function rootInAFolder(): RootInAFolder {
  let base = '';
  let root = '';
  beforeEach(async () => {
    base = await realpath(await mkdtemp(join(tmpdir(), 'easel-root-')));
    root = join(base, 'root');
    await mkdir(root);
  });
  afterEach(() => rm(base, { recursive: true }));
  return {
    get base() { return base; },
    get root() { return root; },
    async put(...names) {
      for (const name of names) {
        await mkdir(dirname(join(root, name)), { recursive: true });
        await writeFile(join(root, name), '');
      }
    },
  };
}

/** A place for what belongs to a user, which no test shares with another or with the person who runs it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives every test of a suite an empty `EASEL_HOME`, which is gone after it. Call it before the suite's own hooks. */
export function ownEaselHome(): void {
  let before: string | undefined;
  let home: string;
  beforeEach(async () => {
    before = process.env['EASEL_HOME'];
    home = process.env['EASEL_HOME'] = await mkdtemp(join(tmpdir(), 'easel-home-'));
  });
  afterEach(async () => {
    if (before === undefined) delete process.env['EASEL_HOME'];
    else process.env['EASEL_HOME'] = before;
    await rm(home, { recursive: true });
  });
}

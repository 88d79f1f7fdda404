import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promptFiles } from '../freshness';
import { ALL, findPromptFiles } from './find-prompt-files';
import { CliError, type Io } from './io';

describe('prompt files that a command line means', () => {
  let cwd: string;
  const FENCE = '```t2i\nmoon\n```\n';
  const FILES = { 'a.t2i': 'a', 'docs/page.md': FENCE, 'docs/plain.md': '# t2i\n', 'docs/deep/b.t2i': '', 'node_modules/x/c.t2i': 'c', '.git/d.t2i': 'd', 'docs/[odd] (1).t2i': 'e', 'notes.txt': FENCE };
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'easel-find-'));
    for (const [name, text] of Object.entries(FILES)) {
      await mkdir(join(cwd, name, '..'), { recursive: true });
      await writeFile(join(cwd, name), text);
    }
  });
  afterEach(() => rm(cwd, { recursive: true }));

  const io = (): Io => ({ cwd, out: () => undefined, err: () => undefined, status: () => undefined, signal: new AbortController().signal });
  const find = async (...patterns: string[]) => (await findPromptFiles(patterns, io())).map((file) => relative(cwd, file)).sort();

  it('are all below, without what Git and npm keep, and Markdown only with a fence', async () => {
    assert.deepEqual(await find(), ['a.t2i', 'docs/[odd] (1).t2i', 'docs/deep/b.t2i', 'docs/page.md']);
    assert.deepEqual(await find('docs/deep', 'a.t2i', './a.t2i'), ['a.t2i', 'docs/deep/b.t2i']);
  });

  it('are what a glob fits, `**/` also where no folder is', async () => {
    assert.deepEqual(await find('**/*.t2i'), ['a.t2i', 'docs/[odd] (1).t2i', 'docs/deep/b.t2i']);
    assert.deepEqual(await find('./docs/*.md', '*.t2i'), ['a.t2i', 'docs/page.md']);
    assert.deepEqual(await find('*.nothing'), []);
  });

  it('are taken by name, whatever is in them and in the name', async () => {
    assert.deepEqual(await find('docs/plain.md', 'docs/[odd] (1).t2i'), ['docs/[odd] (1).t2i', 'docs/plain.md']);
  });

  it('are found however many other files there are, where nobody gives up', async () => {
    assert.deepEqual(await promptFiles(cwd, { entries: 2 }), [join(cwd, 'a.t2i')]);
    assert.equal((await promptFiles(cwd, ALL)).length, 5);
  });

  it('that are not there are wrong use', async () => {
    await assert.rejects(find('nothing.t2i'), (error) => error instanceof CliError && error.exitCode === 2 && /there is no nothing\.t2i/.test(error.message));
  });

  it('are not looked for in circles', async () => {
    await symlink(cwd, join(cwd, 'docs', 'round'));
    assert.deepEqual(await find('docs'), ['docs/[odd] (1).t2i', 'docs/deep/b.t2i', 'docs/page.md']);
  });
});

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { holdsPrompts, promptFiles, promptLanguageOf } from './prompt-files';

describe('prompt files', () => {
  it('are known by their names, in any case', () => {
    assert.deepEqual(['a.t2i', 'A.T2I', 'a.md', 'a.markdown', 'README.MD', 'a.t2i.bak', 't2i', 'a.mdx'].map(promptLanguageOf), ['t2i', 't2i', 'markdown', 'markdown', 'markdown', undefined, undefined, undefined]);
  });

  it('hold prompts: Markdown only with a fence, whatever marks it', () => {
    assert.ok(holdsPrompts('', 't2i'));
    for (const text of ['```t2i\nx\n```', 'text\r\n  ~~~~ t2i\r\nx', '\t```t2i title="x"']) assert.ok(holdsPrompts(text, 'markdown'), text);
    for (const text of ['', 'see `t2i`', '```ts\nt2i\n```', 'x ```t2i', '``t2i', '```t2is']) assert.ok(!holdsPrompts(text, 'markdown'), text);
  });
});

describe('the prompt files below a folder', () => {
  let root: string;
  beforeEach(async () => { root = await mkdtemp(join(tmpdir(), 'easel-prompts-')); });
  afterEach(() => rm(root, { recursive: true }));
  const put = async (...names: string[]) => {
    for (const name of names) {
      await mkdir(dirname(join(root, name)), { recursive: true });
      await writeFile(join(root, name), '');
    }
  };
  const found = async (entries?: number) => (await promptFiles(root, { entries })).map((path) => path.slice(root.length + 1).replaceAll('\\', '/'));

  it('come folder by folder, nearest first, by name', async () => {
    await put('z.t2i', 'b/a.t2i', 'a/deep/x.t2i', 'a/b.md', 'a/a.T2I', 'c.txt', 'A.t2i');
    assert.deepEqual(await found(), ['A.t2i', 'z.t2i', 'a/a.T2I', 'a/b.md', 'b/a.t2i', 'a/deep/x.t2i']);
  });

  it('are not those of others: built, hidden or linked', async () => {
    await put('node_modules/a.t2i', 'x/dist/a.t2i', '.git/a.md', '.hidden.t2i', 'vendor.t2i', 'real/a.t2i');
    await mkdir(join(root, 'folder.t2i'));
    await symlink(join(root, 'real', 'a.t2i'), join(root, 'link.t2i'));
    await symlink(join(root, 'real'), join(root, 'again'));
    assert.deepEqual(await found(), ['.hidden.t2i', 'vendor.t2i', 'real/a.t2i']);
  });

  it('are what was found when the search has seen enough', async () => {
    await put('a.t2i', 'b.txt', 'c.t2i', 'd/e.t2i');
    assert.deepEqual([await found(0), await found(2), await found(3), await found(4), await found(5)], [[], ['a.t2i'], ['a.t2i', 'c.t2i'], ['a.t2i', 'c.t2i'], ['a.t2i', 'c.t2i', 'd/e.t2i']]);
    assert.deepEqual(await promptFiles(join(root, 'gone')), []);
  });
});

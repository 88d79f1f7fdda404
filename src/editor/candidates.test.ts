import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Memento, TextDocument } from 'vscode';
import { tinyPng } from '../image/metadata/test-support/tiny-png';
import { parse, type Block } from '../prompt';
import { BlockIdentities } from './block-identity';
import type { Candidates } from './candidates';
import { FakeDocument } from './test-support/with-vscode';

/** What a window keeps for the next one. */
class FakeMemento {
  private kept: unknown;
  writes = 0;
  get(): unknown {
    return this.kept;
  }
  update(_key: string, value: unknown): Promise<void> {
    this.writes += 1;
    this.kept = structuredClone(value);
    return Promise.resolve();
  }
}

describe('the candidates of blocks', () => {
  const document = new FakeDocument('') as unknown as FakeDocument & TextDocument;
  let folder: string;
  let memory: FakeMemento;
  let identities: BlockIdentities;
  let candidates: Candidates;
  /** The window begins, or begins again. */
  const start = async () => {
    const loaded = await import('./candidates');
    identities = new BlockIdentities();
    candidates = new loaded.Candidates(memory as unknown as Memento, identities);
    await candidates.keep();
  };
  const read = (text: string) => {
    const { blocks } = parse(text, { fileName: 'icons.t2i', language: 't2i' });
    identities.follow(document.type(text), blocks);
    return blocks;
  };
  const of = (block: Block | undefined) => (block ? candidates.of(identities.of(document, block)).map(({ path }) => path) : undefined);
  const set = (block: Block | undefined, paths: string[]) => candidates.set(identities.of(document, block!), paths);
  let [red, blue] = ['', ''];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'easel-candidates-'));
    [red, blue] = ['red', 'blue'].map((name) => join(folder, `${name}.png`)) as [string, string];
    for (const path of [red, blue]) await writeFile(path, tinyPng());
    memory = new FakeMemento();
    await start();
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('are each block\'s own, also where two have one name, and over a restart', async () => {
    const twice = '# star\nred\n# star\nblue';
    let [first, second] = read(twice);
    await set(first, [red, join(folder, 'gone.png')]);
    await set(second, [blue]);
    assert.deepEqual([of(first), of(second)], [[red], [blue]]);
    await start();
    [first, second] = read(twice);
    assert.deepEqual([of(first), of(second)], [[red], [blue]]);
    await set(second, []);
    assert.deepEqual([of(first), of(second)], [[red], []]);
  });

  it('stay with a block that is renamed while they are drawn, and after, and over a restart', async () => {
    const [heart] = read('# heart\nred');
    read('# hearts\nred');
    await set(heart, [red]);
    const [love] = read('# love\nred');
    assert.deepEqual(of(love), [red]);
    await candidates.keep();
    await candidates.keep();
    assert.equal(memory.writes, 2); // the candidates, and their new name once
    await start();
    assert.deepEqual(of(read('# love\nred')[0]), [red]);
  });

  it('are found as an earlier version kept them, by name alone', async () => {
    await memory.update('', [[`${document.uri.toString()}\nheart`, [red]]]);
    await start();
    assert.deepEqual(of(read('# star\nx\n# heart\nred')[1]), [red]);
  });
});

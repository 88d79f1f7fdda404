import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ClaimIndex } from './claims';

describe('who writes where', () => {
  let root: string;
  beforeEach(async () => { root = await mkdtemp(join(tmpdir(), 'easel-claims-')); });
  afterEach(() => rm(root, { recursive: true }));
  const put = async (name: string, content: string, time = 1) => {
    const path = join(root, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    await utimes(path, time, time);
    return path;
  };
  const block = (name: string, out: string) => `# ${name}\nheart\nOut: ${out}, Steps: 3\n`;
  const claimant = async (picture: string, asking = 'asking.t2i') => (await ClaimIndex.read(root)).elsewhere(join(root, picture), join(root, asking));

  it('is every block of another file, and none of one\'s own', async () => {
    await put('x/one.t2i', block('Heart', '../out/heart.png') + block('star', 'star.png'));
    assert.deepEqual([await claimant('out/heart.png'), await claimant('x/star.png'), await claimant('star.png')], [`“Heart” in ${join('x', 'one.t2i')}`, `“star” in ${join('x', 'one.t2i')}`, undefined]);
    assert.equal(await claimant('out/heart.png', join('x', 'one.t2i')), undefined);
    await put('y.t2i', block('Herz', 'out/heart.png'));
    assert.equal(await claimant('out/heart.png', 'y.t2i'), `“Heart” in ${join('x', 'one.t2i')}`);
    assert.equal(await claimant('out/heart.png', join('x', 'one.t2i')), '“Herz” in y.t2i');
  });

  it('takes names for one that a file system may take for one', async () => {
    await put('one.t2i', block('heart', 'Out/CAFE\u0301.png'));
    assert.equal(await claimant('out/caf\u00e9.PNG'), '“heart” in one.t2i');
  });

  it('is said by every picture of a block, but not by a seed that is open', async () => {
    await put('one.t2i', '# heart\nheart\nOut: h.png, Count: 2, Steps: 3\n# open\nx\nOut: s-{seed}.png, Steps: 3\n# fixed\nx\nOut: f-{seed}.png, Seed: 5\n');
    assert.deepEqual([await claimant('h-0.png'), await claimant('h-1.png'), await claimant('h-2.png'), await claimant('s-0.png'), await claimant('f-5.png')], ['“heart” in one.t2i', '“heart” in one.t2i', undefined, undefined, '“fixed” in one.t2i']);
  });

  it('is read again when a file has changed in size or time, and only then', async () => {
    await put('one.t2i', block('heart', 'a.png'));
    assert.equal(await claimant('a.png'), '“heart” in one.t2i');
    await put('one.t2i', block('heart', 'b.png'));
    assert.equal(await claimant('a.png'), '“heart” in one.t2i', 'same size and time: as it was read');
    await put('one.t2i', block('heart', 'b.png'), 2);
    assert.deepEqual([await claimant('a.png'), await claimant('b.png')], [undefined, '“heart” in one.t2i']);
    await put('one.t2i', block('heart', 'bc.png'), 2);
    assert.deepEqual([await claimant('b.png'), await claimant('bc.png')], [undefined, '“heart” in one.t2i']);
    await rm(join(root, 'one.t2i'));
    assert.equal(await claimant('bc.png'), undefined);
  });

  it('is nobody in Markdown without a fence, in a text too large for a prompt, and outside of the root', async () => {
    await put('a.md', block('heart', 'a.png'));
    await put('b.t2i', `${block('heart', 'a.png')}${'// x\n'.repeat(840_000)}`);
    await put('c.t2i', block('heart', '../a.png'));
    assert.deepEqual([await claimant('a.png'), await claimant('../a.png')], [undefined, undefined]);
    await put('d.md', `text\n\n\`\`\`t2i\n${block('heart', 'a.png')}\`\`\`\n`);
    assert.equal(await claimant('a.png'), '“heart” in d.md');
  });
});

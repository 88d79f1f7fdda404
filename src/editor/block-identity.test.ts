import assert from 'node:assert/strict';
import type { TextDocument } from 'vscode';
import { parse, type Block } from '../prompt';
import { BlockIdentities } from './block-identity';
import { FakeDocument } from './test-support/with-vscode';

const document = new FakeDocument('');
const URI = document.uri.toString();

describe('which block is which', () => {
  let identities: BlockIdentities;
  /** The blocks of the file's next version. */
  const read = (text: string) => {
    const { blocks } = parse(text, { fileName: 'icons.t2i', language: 't2i' });
    identities.follow(document.type(text) as unknown as TextDocument, blocks);
    return blocks;
  };
  /** What each block of `later` was called at first, after the file went through all those texts. */
  const traced = (first: string, ...later: string[]) => {
    const was = new Map(read(first).map((block) => [of(block), `${block.name}${block.index}`]));
    const last = later.map(read).at(-1) ?? [];
    return last.map((block) => was.get(of(block)));
  };
  const of = (block: Block) => identities.of(document as unknown as TextDocument, block);
  beforeEach(() => { identities = new BlockIdentities(); });

  it('is said by the name, whatever is written under it and wherever it stands', () => {
    assert.deepEqual(traced('# heart\nred\n# star\nblue', '# heart\ngreen\n# star\nblue', '# new\nx\n# star\nblue\n# heart\ngreen'), [undefined, 'star1', 'heart0']);
    assert.deepEqual(traced('a heart', 'a star'), ['icons0']);
  });

  it('is said by the text while a heading is typed', () => {
    assert.deepEqual(traced('# heart\nred\n# star\nblue', '# hearts\nred\n# star\nblue', '# hear\nred\n# star\nblue'), ['heart0', 'star1']);
    // The whole line anew: for a moment there is no such block.
    assert.deepEqual(traced('# heart\nred\n# star\nblue', '# heart\nred\n#\nblue', '# heart\nred\n# \nblue', '# heart\nred\n# m\nblue'), ['heart0', 'star1']);
    const [block] = read('# first\nred');
    const identity = of(block!);
    read('# second\nred');
    assert.deepEqual(identity, identities.named(URI, 'second'));
    assert.equal(identity.name, 'second');
  });

  it('tells blocks of one name apart', () => {
    const twice = '# star\nred\n# star\nblue';
    assert.deepEqual(traced(twice, '# new\nx\n# star\nred\n# star\ngreen'), [undefined, 'star0', 'star1']);
    assert.deepEqual(traced(twice, '# moon\nred\n# star\nblue'), ['star0', 'star1']);
    assert.deepEqual(traced(twice, '# star\nblue'), ['star1']);
    assert.deepEqual(traced(twice, '# star\nnew\n# star\nred\n# star\nblue'), [undefined, 'star0', 'star1']);
  });

  it('is kept of a block that was cut and comes back, and of a file that is opened again', () => {
    assert.deepEqual(traced('# heart\nred\n# star\nblue', '# star\nblue', '# star\nblue\n# heart\nred'), ['star1', 'heart0']);
    assert.deepEqual(traced('# heart\nred', ''), []);
    assert.equal(identities.find(read('# heart\nred'), identities.named(URI, 'heart'))?.name, 'heart');
  });

  it('is no other block once it has gone', () => {
    const asked = of(read('# heart\nred\n# star\nblue')[0]!);
    assert.equal(identities.find(read('# star\nblue\n# moon\nyellow'), asked), undefined);
    const second = of(read('# star\nblue\n# star\nred')[1]!);
    assert.equal(identities.find(read('# star\nblue'), second), undefined);
    assert.equal(identities.find(undefined, second), undefined);
  });

  it('is known by name and number before its file is read', () => {
    const kept = identities.named(URI, 'star', 1);
    const [first, second] = read('# star\nred\n# star\nblue');
    assert.deepEqual([of(first!) === kept, of(second!) === kept], [false, true]);
  });
});

import assert from 'node:assert/strict';
import { expand } from './expand';
import { claimOutputs, findCollisions, foldPath, outputPath } from './outputs';
import { codes, contextWith, parseT2i } from './test-support';

describe('where pictures go', () => {
  it('is an error at the value of an out that leads out of the root', () => {
    for (const [out, code] of [['../../x.png', 'outside-root'], ['../../../../../../x.png', 'outside-root'], ['/etc/x.png', 'bad-out'], ['a/../../../x.png', 'outside-root'], ['..\\..\\x.png', 'outside-root']]) {
      const text = `heart\nOut: ${out}`;
      const document = parseT2i(text);
      const { requests, diagnostics } = expand(document, document.blocks[0]!, contextWith());
      assert.deepEqual([requests, codes(diagnostics)], [[], [code]], out);
      assert.equal(text.slice(diagnostics[0]?.span.start, diagnostics[0]?.span.end), out);
      assert.deepEqual(codes(claimOutputs(document, contextWith()).diagnostics), [code]);
    }
    const up = parseT2i('heart\nOut: ../x.png');
    assert.deepEqual(outputPath(up.blocks[0]!, contextWith(), 0, '1'), { path: '/project/x.png' });
  });

  it('is an error too where a link leads out', () => {
    const real = (path: string) => (path.startsWith('/project/art/link') ? '/elsewhere' : '/project');
    const document = parseT2i('heart\nOut: link/x.png');
    assert.deepEqual(codes(expand(document, document.blocks[0]!, contextWith({ deepestExisting: real })).diagnostics), ['outside-root']);
    assert.deepEqual(codes(expand(document, document.blocks[0]!, contextWith({ deepestExisting: () => undefined })).diagnostics), ['outside-root']);
    assert.deepEqual(codes(expand(document, document.blocks[0]!, contextWith({ deepestExisting: () => '/project' })).diagnostics), []);
  });
});

describe('collisions', () => {
  const place = (directory: string, fileStem: string) => ({ root: '/project', directory, fileStem });

  it('of blocks in one file block both, whatever the case', () => {
    const document = parseT2i('# Heart\na\n# star\nb\n# heart\nc');
    const of = (index: number) => expand(document, document.blocks[index]!, contextWith());
    assert.deepEqual([0, 1, 2].map((index) => [of(index).requests.length, codes(of(index).diagnostics)]), [[0, ['output-collision']], [1, []], [0, ['output-collision']]]);
  });

  it('are found across files, and told in both', () => {
    const a = claimOutputs(parseT2i('# x\na\nOut: ../pics/{name}.png', 'a.t2i'), place('/project/a', 'a'));
    const b = claimOutputs(parseT2i('# X\nb\nOut: ../pics/{name}.png', 'b.t2i'), place('/project/b', 'b'));
    const found = findCollisions([...a.claims, ...b.claims]);
    assert.deepEqual(found.map(({ file, block }) => [file, block]), [['/project/a/a.t2i', 0], ['/project/b/b.t2i', 0]]);
    assert.match(found[0]?.diagnostic.message ?? '', /“x” and “X” in \/project\/b\/b\.t2i/);
    const elsewhere = new Map(b.claims.map(({ path, block }) => [foldPath(path), block]));
    const document = parseT2i('# x\na\nOut: ../pics/{name}.png');
    assert.deepEqual(codes(expand(document, document.blocks[0]!, contextWith({ claimedElsewhere: (path) => elsewhere.get(foldPath(path)) })).diagnostics), ['output-collision']);
  });

  it('of pictures within a block are found', () => {
    const document = parseT2i('# a\nb\nmatrix: {cfg: [2, "2.0"]}\nOut: {cell}.png');
    assert.deepEqual(findCollisions(claimOutputs(document, place('/project', 'a')).claims), []);
    const same = parseT2i('# a\nb\nmatrix: {cfg: [2, 2]}\nOut: {cell}.png');
    assert.deepEqual(codes(findCollisions(claimOutputs(same, place('/project', 'a')).claims).map(({ diagnostic }) => diagnostic)), ['output-collision']);
  });

  it('are not guessed for seeds that are not fixed', () => {
    const document = parseT2i('# a\nb\nOut: {seed}\n# c\nd\nOut: {seed}');
    assert.deepEqual(claimOutputs(document, place('/project', 'a')).claims, []);
  });

  it('see letters that differ only in case or composition as one', () => {
    assert.equal(foldPath('/É/ς/ß'), foldPath('/e\u0301/Σ/ß'));
  });
});

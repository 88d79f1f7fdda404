import assert from 'node:assert/strict';
import fc from 'fast-check';
import { expand } from './expand';
import { outProblem, resolveOut, type OutValues } from './out-path';
import { claimOutputs, findCollisions, foldPath, outputPath } from './outputs';
import { checkInsideRoot, fileStem, isAbsolutePath, isInsideRoot, joinPath } from './paths';
import { keepOffDevices, MAX_SLUG_BYTES, slug } from './slug';
import { codes, contextWith, parseT2i } from './test-support';

const values: OutValues = { file: 'icons', name: 'red heart', index: 2, seed: '42', cell: 'cfg-2' };
const one = { cells: 1, count: 1 };

describe('slug', () => {
  it('keeps words and letters of every script, composed', () => {
    assert.equal(slug('Red heart'), 'Red heart');
    assert.equal(slug('cafe\u0301 心 😀'), 'café 心 😀');
  });

  it('leaves no character that some file system reserves', () => {
    assert.equal(slug('a/b\\c:d*e?f"g<h>i|j\u0000k\nl'), 'a-b-c-d-e-f-g-h-i-j-k-l');
    assert.equal(slug('a\u202eb\u200bc'), 'abc');
    assert.equal(slug('\ud800x'), '-x');
  });

  it('has no dot or space at its ends, and is never empty', () => {
    assert.equal(slug('  ..a. b.. '), 'a. b');
    for (const name of ['', '.', '..', ' ', '. .']) assert.equal(slug(name), '_', JSON.stringify(name));
  });

  it('is no Windows device', () => {
    for (const name of ['con', 'NUL', 'Com1', 'LPT9', 'aux.tar', 'com¹', 'CONIN$', 'con .x']) assert.equal(slug(name), `_${name}`);
    for (const name of ['console', 'com', 'com10', 'nulls']) assert.equal(slug(name), name);
    assert.equal(keepOffDevices('prn.png'), '_prn.png');
  });

  it('takes at most 80 bytes, cut between letters', () => {
    assert.equal(slug('é'.repeat(60)), 'é'.repeat(40));
    assert.equal(slug(`${'a'.repeat(78)}😀`), 'a'.repeat(78));
    assert.equal(slug(`${'a'.repeat(79)} b`), 'a'.repeat(79));
  });

  it('is its own slug, and one safe path segment, for any name', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme', maxLength: 120 })), (name) => {
      const result = slug(name);
      assert.equal(slug(result), result);
      assert.ok(new TextEncoder().encode(result).length <= MAX_SLUG_BYTES + 1);
      assert.doesNotMatch(result, /[/\\:\0]|^\.|[. ]$/);
    }), { numRuns: 400 });
  });
});

describe('out', () => {
  it('fills placeholders, slugged', () => {
    assert.equal(resolveOut('./{file}/{name}-{seed}-{cell}.png', { ...values, name: '../../etc', file: 'a/b' }, one), './a-b/-..-etc-42-cfg-2.png');
    assert.equal(resolveOut('{name}', { ...values, name: 'con' }, one), '_con.png');
    assert.equal(resolveOut('pics/', values, one), 'pics/red heart.png');
    assert.equal(resolveOut('{name}.PNG', values, one), 'red heart.PNG');
  });

  it('adds the index to several pictures unless something tells them apart', () => {
    const of = (template: string, cells: number, count: number) => resolveOut(template, values, { cells, count });
    assert.equal(of('{name}.png', 1, 4), 'red heart-2.png');
    assert.equal(of('{index}.png', 2, 4), '2.png');
    assert.equal(of('{seed}.png', 1, 4), '42.png');
    assert.equal(of('{seed}.png', 2, 2), '42-2.png');
    assert.equal(of('{cell}.png', 4, 1), 'cfg-2.png');
    assert.equal(of('{cell}.png', 2, 2), 'cfg-2-2.png');
    assert.equal(of('{cell}/{seed}.png', 2, 2), 'cfg-2/42.png');
  });

  it('says why a template cannot be a path', () => {
    const bad = ['/x.png', '\\x.png', 'C:\\x.png', 'file:///x.png', '~/x.png', '{nmae}.png', '{name.png', 'a.jpg', 'con/x.png', 'a|b.png', '.git/x.png', '.easel/x.png', 'x/..', 'a /x.png', 'a./x.png'];
    for (const template of bad) assert.notEqual(outProblem(template), undefined, template);
    for (const template of ['x', './x.png', '../x/{name}.png', '{file}-{index}', 'a\\b.png', 'pics/', '.hidden/x.png']) assert.equal(outProblem(template), undefined, template);
  });

  it('that leads out of the root is an error at its value', () => {
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

  it('that leads out by a link is an error too', () => {
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

describe('roots', () => {
  it('hold what lies below them, by spelling', () => {
    const inside: [string, string][] = [['/a', '/a'], ['/a', '/a/b'], ['/a/', '/a/b/../c'], ['/', '/x'], ['C:\\a', 'c:\\A\\b'], ['C:\\a', 'C:/a/b'], ['\\\\s\\d\\a', '\\\\s\\d\\a\\b']];
    const outside: [string, string][] = [['/a', '/ab'], ['/a', '/a/../b'], ['/a', 'b'], ['/a', '/A/b'], ['C:\\a', 'D:\\a\\b'], ['C:\\a', '\\a\\b'], ['\\\\s\\d\\a', '\\\\s\\e\\a'], ['/a', 'C:\\a'], ['C:\\a', 'C:\\a\\..\\b']];
    for (const [root, path] of inside) assert.equal(isInsideRoot(root, path), true, `${root} ${path}`);
    for (const [root, path] of outside) assert.equal(isInsideRoot(root, path), false, `${root} ${path}`);
  });

  it('are not left by any relative path that passes the check', () => {
    const segment = fc.constantFrom('..', '.', 'a', 'b', '', '/', '\\', '...', 'c:', ' ');
    fc.assert(fc.property(fc.array(segment), (segments) => {
      const relative = segments.join('/');
      const checked = checkInsideRoot({ root: '/r/s', directory: '/r/s/t' }, relative);
      if ('path' in checked) {
        assert.ok(isInsideRoot('/r/s', checked.path));
        assert.equal(checked.path.includes('..') && checked.path.split('/').includes('..'), false);
      }
    }), { numRuns: 2000 });
  });

  it('refuse absolute paths and NUL', () => {
    for (const path of ['/x', '\\x', 'C:x', '\\\\server\\share', 'file:/x', 'a\0b']) assert.ok('problem' in checkInsideRoot({ root: '/', directory: '/' }, path), path);
  });

  it('read and join both kinds of path', () => {
    assert.equal(joinPath('/a/b', '../c/./d'), '/a/c/d');
    assert.equal(joinPath('C:\\a\\b', '../c/d'), 'C:\\a\\c\\d');
    assert.equal(joinPath('\\\\s\\d', 'x'), '\\\\s\\d\\x');
    assert.deepEqual(['a/b.c.t2i', 'C:\\x\\y.t2i', '.t2i', 'x'].map(fileStem), ['b.c', 'y', '.t2i', 'x']);
    assert.equal(isAbsolutePath('a:b'), true);
  });
});

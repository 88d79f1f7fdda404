import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkInsideRoot, fileStem, isAbsolutePath, isInsideRoot, joinPath } from './paths';

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

  it('are asked by real paths where links may lead out', () => {
    const place = (deepestExisting: (path: string) => string | undefined) => ({ root: '/r', directory: '/r/a', deepestExisting });
    assert.deepEqual(checkInsideRoot(place((path) => path.replace('/r', '/real')), 'b/c.png'), { path: '/r/a/b/c.png' });
    assert.deepEqual(checkInsideRoot(place((path) => (path === '/r' ? '/r' : '/elsewhere')), 'b'), { problem: 'by a link it leads out of /r' });
    assert.deepEqual(checkInsideRoot(place(() => undefined), 'b'), { problem: 'by a link it leads out of /r' });
  });

  it('say why a path does not stay inside', () => {
    const why = (relative: string) => checkInsideRoot({ root: '/r/s', directory: '/r/s/t' }, relative);
    assert.deepEqual(why('../../x'), { problem: 'it leads out of /r/s' });
    assert.deepEqual(why('/x'), { problem: 'it must be relative to this file' });
    assert.deepEqual(why('../x'), { path: '/r/s/x' });
    // Up beyond the top of the disk and down again looks inside by spelling.
    assert.deepEqual(checkInsideRoot({ root: '/', directory: '/a' }, '../../a'), { problem: 'it leads out of /' });
  });
});

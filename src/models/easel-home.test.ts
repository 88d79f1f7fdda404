import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { easelCache, easelHome } from './easel-home';

const NAMES = ['EASEL_HOME', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME'] as const;

describe('where a person\'s own things lie', () => {
  let before: (string | undefined)[];
  beforeEach(() => void (before = NAMES.map((name) => process.env[name])));
  afterEach(() => set(...before));
  /** The variables in their order; `undefined` is not set at all. */
  const set = (...values: (string | undefined)[]) => NAMES.forEach((name, i) => {
    if (values[i] === undefined) delete process.env[name];
    else process.env[name] = values[i];
  });

  it('is where the desktop keeps settings and caches', () => {
    set(undefined, '/config', '/cache');
    assert.deepEqual([easelHome(), easelCache()], [join('/config', 'easel'), join('/cache', 'easel')]);
    set();
    assert.deepEqual([easelHome(), easelCache()], [join(homedir(), '.config', 'easel'), join(homedir(), '.cache', 'easel')]);
  });

  it('is EASEL_HOME and nothing else where that is set', () => {
    set('/mine', '/config', '/cache');
    assert.deepEqual([easelHome(), easelCache()], ['/mine', join('/mine', 'cache')]);
  });

  // XDG Base Directory Specification: "either not set or empty"; a relative path is invalid and to be ignored.
  it('never hangs on the working directory: an empty variable is none, nor is a relative one of the desktop\'s', () => {
    set('', '', '');
    assert.deepEqual([easelHome(), easelCache()], [join(homedir(), '.config', 'easel'), join(homedir(), '.cache', 'easel')]);
    set(undefined, 'config', './cache');
    assert.deepEqual([easelHome(), easelCache()], [join(homedir(), '.config', 'easel'), join(homedir(), '.cache', 'easel')]);
  });
});

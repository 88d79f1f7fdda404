import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { platformOf } from './native-binaries.mjs';
import { makeNotices, packagesOf } from './notices.mjs';
import { isAllowed, requiredFiles, TARGETS } from './package-contents.mjs';
import { root } from './run.mjs';
import { problemsOf } from './verify-vsix.mjs';

const binding = (platform) => join(root, 'node_modules', 'onnxruntime-node', 'bin', 'napi-v6', ...platform.split('-'), 'onnxruntime_binding.node');

/** Contents with nothing wrong in them. */
function goodFiles(target) {
  const native = (path) => /\.(node|dll|dylib|so\.1)$/.test(path);
  return new Map(requiredFiles(target).map((path) => [path, native(path) ? target : null]));
}

describe('a native file', () => {
  it('says which platform it is for, on every platform that is shipped', async () => {
    for (const target of Object.keys(TARGETS)) assert.equal(platformOf(await readFile(binding(target))), target);
  });

  it('is told from other files, and from other machines', () => {
    for (const text of ['', 'MZ is how this text begins, and it goes on for more than sixty-four bytes, as a text may', '{"json": true, "long": "enough to hold a header"}']) assert.equal(platformOf(Buffer.from(text)), null);
    assert.match(platformOf(Buffer.from('7f454c460201010000000000000000000300f300', 'hex')), /unknown ELF machine 243/);
    assert.match(platformOf(Buffer.from('cafebabe00000002000000000000000000000000', 'hex')), /several processors/);
  });
});

describe('the contents of a VSIX', () => {
  it('are fine when they are what the list says', () => {
    for (const target of Object.keys(TARGETS)) assert.deepEqual(problemsOf(goodFiles(target), target), []);
  });

  it('may hold nothing that is not on the list', () => {
    for (const path of ['src/extension.ts', '.env', 'dist/cli.cjs.map', 'models/other/model.onnx', 'dist/node_modules/onnxruntime-node/script/install.js', 'dist/node_modules/left-pad/index.js', 'dist/node_modules/onnxruntime-node/bin/napi-v6/win32/x64/onnxruntime.dll', 'recipes/train.py']) {
      assert.equal(isAllowed(path, 'linux-x64'), false, path);
      assert.match(problemsOf(goodFiles('linux-x64').set(path, null), 'linux-x64').join(), /not on the list/, path);
    }
  });

  it('must hold a native file of the right kind under its right name', () => {
    const path = 'dist/node_modules/onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node';
    assert.match(problemsOf(goodFiles('linux-x64').set(path, 'linux-arm64'), 'linux-x64').join(), /is for linux-arm64, not for linux-x64/);
    const without = goodFiles('linux-x64');
    without.delete(path);
    assert.match(problemsOf(without, 'linux-x64').join(), /onnxruntime_binding\.node is missing/);
  });
});

describe('the embedded model', () => {
  it('is shipped whole, but for the sample sheets of its card: its hash is that of all its parts', async () => {
    const folder = join(root, 'models', 'icon-64');
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => relative(root, join(parentPath, name)).replaceAll(sep, '/'));
    assert.deepEqual(paths.filter((path) => !isAllowed(path, 'linux-x64') && !path.startsWith('models/icon-64/samples/')), []);
    assert.ok(paths.length > 12);
  });

  it('and its judges keep to their sizes: 40 MB and 3 MB', async () => {
    const sizeOf = async (folder) => {
      const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
      return (await Promise.all(files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size))).reduce((sum, size) => sum + size, 0);
    };
    assert.ok((await sizeOf(join(root, 'models', 'icon-64'))) < 40e6);
    for (const judge of ['icon-judge', 'emoji-judge']) assert.ok((await stat(join(root, 'models', judge, 'judge.onnx'))).size < 3e6, judge);
  });
});

describe('third-party notices', () => {
  /** Set, author and licence of each row of a judge's README, of the sections whose headings match. */
  const setsOf = async (judge, heading) => {
    const sections = (await readFile(join(root, 'models', judge, 'README.md'), 'utf8')).split('\n## ').filter((section) => heading.test(section.split('\n')[0]));
    return sections.flatMap((section) => [...section.matchAll(/^\| ([^|]+) \| \[?([^|\]]+?)(?:\]\([^|]*\))? \| \[?([^|\]]+?)(?:\]\([^|]*\))? \| \d+ \|$/gm)]);
  };
  const begins = { MIT: 'Permission is hereby granted, free of charge', ISC: 'Permission to use, copy, modify', 'Apache 2.0': 'Apache License', 'CC BY 4.0': 'https://creativecommons.org/licenses/by/4.0/' };
  for (const [judge, heading, count] of [['icon-judge', /glyphs\.bin\.gz/, 30], ['emoji-judge', /Drawings that/, 3]]) {
    it(`hold the text of every licence, and the name of every author, whose drawings are in ${judge}`, async () => {
      const notice = await readFile(join(root, 'models', judge, 'NOTICE.md'), 'utf8');
      const rows = await setsOf(judge, heading);
      assert.ok(rows.length > count);
      for (const [, set, author, licence] of rows.filter((row) => row[3] !== 'CC0')) {
        const section = notice.split('\n## ').find((part) => part.startsWith(licence.replaceAll(' ', '-')));
        assert.ok(section?.includes(begins[licence]), `${set}: ${licence}`);
        assert.ok(section.split('\n').some((line) => `${line}, https:`.startsWith(`* ${set}: ${author}, https:`)), `${set}: ${author}`);
      }
    });
  }

  it('name the packages that esbuild read', () => {
    assert.deepEqual(packagesOf(['src/a.ts', 'node_modules/zod/v4/index.js', 'node_modules/zod/v4/core.js', 'node_modules/@lit/x/node_modules/lit-html/y.js']), ['zod', 'lit-html']);
  });

  it('carry each licence, and refuse a package whose licence nobody has looked at', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'easel-notices-'));
    const put = async (name, license) => {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'package.json'), JSON.stringify({ name, version: '1.0.0', license }));
      await writeFile(join(folder, name, 'LICENSE'), `words of ${name}\n`);
      return join(folder, name);
    };
    const [good, bad] = [await put('good', 'MIT'), await put('bad', 'SSPL-1.0')];
    assert.match(await makeNotices([good]), /## good 1\.0\.0\n\nMIT\n\n {4}words of good/);
    await assert.rejects(makeNotices([good, bad]), /bad 1\.0\.0 is under SSPL-1\.0/);
    await rm(folder, { recursive: true });
  });
});

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliError, type Io } from './io';
import { openPromptFile, tellDiagnostics } from './prompt-file';

describe('a prompt file as a command meets it', () => {
  let cwd: string;
  let told: string[];
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'easel-prompt-file-'));
    await mkdir(join(cwd, '.git'));
    told = [];
  });
  afterEach(() => rm(cwd, { recursive: true }));

  const io = (): Io => ({ cwd, out: () => undefined, err: (line) => void told.push(line), status: () => undefined, signal: new AbortController().signal });
  const remarksOn = async (bytes: string | Uint8Array, name = 'a.t2i') => {
    await writeFile(join(cwd, name), bytes);
    const opened = await openPromptFile(name, io());
    tellDiagnostics(opened, opened.prompt.diagnostics, io());
    return told;
  };
  const fails = (exitCode: number, message: RegExp) => (error: unknown) => error instanceof CliError && error.exitCode === exitCode && message.test(error.message);

  it('has its remarks told with line and column, as editors count them', async () => {
    assert.deepEqual(await remarksOn('\ufeff# a\r\nx\rSteps: 0, Seed: 1\r\n# 😀 b\n😀 {x\n'), [
      'a.t2i:3:8: error: Steps: “0” is not a whole number from 1 to 1000',
      'a.t2i:5:4: warning: this { is never closed and is prompt text; close it, or write \\{ if it should be',
    ]);
  });

  it('has no more than fifty remarks told, and no hints', async () => {
    await remarksOn(Array.from({ length: 60 }, (_, n) => `# ${n}\nx AND y\nSteps: 0\n`).join(''));
    assert.equal(told.length, 51);
    assert.equal(told.at(-1), 'a.t2i: 10 more remarks like these');
    assert.ok(told.slice(0, 50).every((line) => line.includes(': error: Steps')));
  });

  it('must be there, be text in UTF-8 and have a prompt file\'s name', async () => {
    await assert.rejects(openPromptFile('none.t2i', io()), fails(2, /there is no file none\.t2i/));
    await assert.rejects(openPromptFile('a.txt', io()), fails(2, /a\.txt is not a prompt file/));
    await assert.rejects(remarksOn(Buffer.from([0xff, 0xfe, 0x61, 0]), 'utf16.t2i'), fails(3, /utf16\.t2i is not UTF-8 text; save it as UTF-8/));
    await mkdir(join(cwd, 'folder.t2i'));
    await assert.rejects(openPromptFile('folder.t2i', io()), fails(3, /cannot read folder\.t2i/));
    await assert.rejects(openPromptFile('a.t2i', io(), { root: 'elsewhere' }), CliError);
  });
});

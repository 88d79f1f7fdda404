/** Prompt files that nobody would write: every command answers, in bounded time, and leaves nothing behind. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { easel, type Said } from '../../src/cli/test-support/command';
import { TINY_ICON } from '../../src/diffusion/test-support/tiny-request';

const FILES = 5_000;
const DRAWN = 50;

const PIECES = [
  '---\n', '---', '# ', '\n# heart\n', '###### x', '#ff0000', '\n', '\r\n', '\n\n', ' ', '\t', ',', ':', '|', '\\', '\\{', '\\_', '// note\n', '```t2i\n', '```\n', '~~~',
  'heart', 'red', 'BREAK', 'AND', '{', '}', '{a|b}', '{2$$a|b|c}', '{1-3$$, $$a|b}', '{0.5::a|2::b}', '{'.repeat(300), '}'.repeat(300), '__', '__x__', '__**__', '__../x__', '__x',
  '(', ')', '(a:1.2)', '(a:1e9)', '(a:-1)', '((((', '[', ']', '[a:b:0.5]', '[a:b:-3]', '[a|b]', '[a:b:1e400]', '<lora:x:1>', '<lora:x:1:2>', '<x>', '<x:0.5>', '<', '>',
  'Negative prompt:', 'Negative prompt: outline\n', 'Steps: 3', 'Steps: 0', 'Steps: NaN', 'Steps: 99999999999', 'Seed: -1', 'Seed: 18446744073709551616', 'CFG scale: 7', 'Size: 1x1', 'Size: 64x64',
  'Out: ../../x.png', 'Out: /etc/x.png', 'Out: C:\\x.png', 'Out: {name}{name}{nothing}', 'Out: con.png', 'Init: x.png', 'Mask: ../x', 'Denoising strength: 2', 'Model: nothing', 'Model: ../../..', 'Count: 3', 'Count: 1001', 'Sampler: Euler a, ', ', ',
  'matrix: {cfg: [2, 4]}', 'matrix: {cfg: [', 'matrix: {steps: [1,2,3,4,5,6,7,8,9,10], cfg: [1,2,3,4,5,6,7,8,9,10], seed: [1,2,3,4,5,6,7,8,9,10]}', 'matrix: []', 'steps: 20\n', 'out: "./{file}/{name}.png"\n', 'seed: !!js x\n', '&a [*a]\n', 'model: [1]\n', 'unknown: 1\n',
  '\0', '\ufeff', '\ud800', '\u202e', '\u2028', '日本', 'é', 'e\u0301', '🌹', 'ﬁ', 'İ', '"', '"\\', '`', '%', '$1', '__proto__', 'constructor: 1\n',
];

/** The same files in every run. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

function fuzzed(seed: number): string {
  const roll = dice(seed + 1);
  return Array.from({ length: roll(40) }, () => (roll(12) === 0 ? String.fromCharCode(roll(0x10000)) : (PIECES[roll(PIECES.length)] ?? ''))).join('');
}

describe('fuzzed prompt files', function () {
  this.timeout(300_000);
  let root: string;
  let home: string | undefined;
  beforeEach(async () => {
    home = process.env['EASEL_HOME'];
    root = await mkdtemp(join(tmpdir(), 'easel-fuzz-'));
    process.env['EASEL_HOME'] = join(root, 'home');
    await mkdir(join(root, 'work', '.git'), { recursive: true });
  });
  afterEach(async () => {
    if (home === undefined) delete process.env['EASEL_HOME'];
    else process.env['EASEL_HOME'] = home;
    await rm(root, { recursive: true });
  });
  const write = async (folder: string, count: number, first = 0) => {
    await mkdir(folder, { recursive: true });
    for (let seed = first; seed < first + count; seed++) await writeFile(join(folder, `${seed}.${seed % 7 === 0 ? 'md' : 't2i'}`), fuzzed(seed));
  };
  /** Every line on stderr is a remark with a place, a failure that names the command, or the count. */
  const isSpoken = ({ err }: Said) => err.forEach((line) => assert.match(line, /^(\S+:\d+:\d+: (error|warning): .+|easel: .+|[^\n]*: no block says a picture.*|[^\n]*every picture is fresh|.+: \d+ more remarks like these|.+\.png: the (negative )?prompt has .+|\d+ (fresh|stale|missing|unknown).*|no pictures)$/));

  it(`are checked, all ${FILES}, with an answer for every block`, async () => {
    const cwd = join(root, 'work');
    for (let folder = 0; folder < 10; folder++) await write(join(cwd, String(folder)), FILES / 10, (folder * FILES) / 10);
    const said = await easel(cwd, ['check', '--json']);
    assert.equal(said.code, 1);
    assert.ok(said.out.length > FILES / 4, String(said.out.length));
    for (const line of said.out) assert.match((JSON.parse(line) as { state: string }).state, /^(missing|unknown)$/);
    isSpoken(said);
    assert.deepEqual((await readdir(cwd)).sort(), ['.git', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
  });

  it(`are drawn or refused, ${DRAWN} of them, and no partial file is left`, async () => {
    const cwd = join(root, 'work');
    await write(cwd, DRAWN, FILES);
    await easel(cwd, ['models', 'add', TINY_ICON, '--name', 'tiny']);
    let drawn = 0;
    for (const file of (await readdir(cwd)).filter((name) => /\.(t2i|md)$/.test(name))) {
      const said = await easel(cwd, ['generate', file, '--model', 'tiny', '--steps', '1', '--size', '64x64', '--count', '1']);
      assert.ok([0, 3].includes(said.code), `${file}: ${said.code} ${said.err.join('\n')}`);
      if (said.code === 3) assert.ok(said.err.length > 0, file);
      isSpoken(said);
      drawn += said.out.length;
    }
    assert.ok(drawn > 5, String(drawn));
    const left = await readdir(root, { recursive: true });
    assert.deepEqual(left.filter((name) => name.endsWith('.tmp')), []);
    assert.deepEqual((await readdir(root)).sort(), ['home', 'work']);
  });

  it('of a megabyte are read, counted and answered in seconds', async () => {
    const cwd = join(root, 'work');
    await easel(cwd, ['models', 'add', TINY_ICON, '--name', 'tiny']);
    for (const [name, text] of [['words', 'red heart '.repeat(100_000)], ['open', '('.repeat(1_000_000)], ['variants', '{a|b} '.repeat(160_000)], ['line', 'x'.repeat(1_000_000)], ['pairs', `${'Steps: 1, '.repeat(100_000)}\n`]] as const) {
      await writeFile(join(cwd, `${name}.t2i`), `---\nmodel: tiny\nsteps: 1\n---\n# ${name}\n${text}\n`);
      for (const args of [['check', `${name}.t2i`], ['generate', `${name}.t2i`], ...(name === 'words' ? [['tokens', `${name}.t2i`]] : [])]) {
        const started = performance.now();
        const { code, err } = await easel(cwd, args);
        const took = performance.now() - started;
        assert.ok(took < 30_000, `${args.join(' ')} took ${took.toFixed(0)} ms`);
        assert.ok([0, 1, 3].includes(code), `${args.join(' ')}: ${err.join('\n').slice(0, 200)}`);
        for (const line of err) assert.ok(line.length < 2_000, `${args.join(' ')}: a message of ${line.length} characters`);
      }
    }
  });
});

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readModelFolder, type ModelFolder } from '../../models';
import { GenerateRequest } from '../../prompt';
import { TINY_ICON } from '../test-support/tiny-request';
import { calibrationRequests } from './calibration';

describe('the pictures by which a copy is judged', () => {
  let tiny: ModelFolder;
  let dir: string;
  before(async () => void (tiny = await readModelFolder(TINY_ICON, 'tiny')));
  beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'easel-calibration-'))));
  afterEach(() => rm(dir, { recursive: true }));

  /** Prompts for a model that says what it was taught. */
  const prompts = async (concepts: object, count = 16) => {
    await writeFile(join(dir, 'concepts.json'), JSON.stringify(concepts));
    const requests = await calibrationRequests({ ...tiny, dir, files: [{ path: 'concepts.json', size: 1, modified: 1 }] }, { count, steps: 4 });
    return requests.map(({ prompt }) => prompt);
  };
  const named = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `thing ${i}` }));

  it("are complete requests at the model's own size and guidance, one seed each, the same every time", async () => {
    const folder: ModelFolder = { ...tiny, defaults: { width: 96, height: 32, steps: 20, guidanceScale: 2.5 } };
    const requests = await calibrationRequests(folder, { count: 3, steps: 7, firstSeed: 1001 });
    for (const request of requests) assert.deepEqual(GenerateRequest.parse(request), request);
    assert.deepEqual(requests.map(({ seed }) => seed), ['1001', '1002', '1003']);
    for (const { width, height, guidanceScale, steps, model } of requests) assert.deepEqual([width, height, guidanceScale, steps, model], [96, 32, 2.5, 7, { id: 'tiny', path: TINY_ICON }]);
    assert.deepEqual(await calibrationRequests(folder, { count: 3, steps: 7, firstSeed: 1001 }), requests);
    assert.deepEqual((await calibrationRequests(folder, { count: 2, steps: 7 })).map(({ seed }) => seed), ['1', '2']);
  });

  it('are of different things also where the model does not say what it knows', async () => {
    for (const texts of [(await calibrationRequests(tiny, { count: 4, steps: 1 })).map(({ prompt }) => prompt), await prompts({ concepts: [] }, 4)]) {
      assert.equal(new Set(texts).size, 4);
      assert.ok(texts.every((text) => /^a [a-z ,]+$/.test(text)), texts.join());
    }
  });

  it('are of what the model was taught, from all over its list, in all its colours and containers', async () => {
    const colours = ['red', 'green', 'blue', 'white'];
    const texts = await prompts({ concepts: named(48), colours: Object.fromEntries(colours.map((name) => [name, '#000'])), containers: ['circle', 'square'] });
    const parts = texts.map((text) => /^(\w+) thing (\d+) icon on a (\w+) (circle|square)$/.exec(text)!.slice(1));
    // 48 things in 16 pictures: every third.
    assert.deepEqual(parts.map(([, thing]) => Number(thing)).sort((a, b) => a - b), Array.from({ length: 16 }, (_, i) => 3 * i));
    for (const [place, words] of [[0, colours], [2, colours], [3, ['circle', 'square']]] as const) assert.deepEqual([...new Set(parts.map((part) => part[place]))].sort(), [...words].sort());
    assert.ok(parts.every(([colour, , behind]) => colour !== behind), 'nothing is drawn on its own colour');
  });

  it('are told in plain words where a model knows no colours, no containers or few things', async () => {
    const few = ['thing 1 icon', 'thing 2 icon', 'thing 0 icon'];
    assert.deepEqual(await prompts({ concepts: named(3) }, 3), few);
    assert.deepEqual(await prompts({ concepts: named(3), containers: ['circle'] }, 3), few.map((text) => `${text} on a circle`));
    assert.deepEqual(await prompts({ concepts: named(3), colours: { red: '#f00' } }, 3), few.map((text) => `red ${text}`));
  });

  it('are refused in a line where what the model says is damaged', async () => {
    await assert.rejects(prompts({ concepts: 'heart' }), (error: Error) => error.name === 'ModelError' && error.message.startsWith(join(dir, 'concepts.json: concepts: ')));
  });
});

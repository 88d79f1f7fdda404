import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelError } from './error';
import { knownConcepts } from './known-concepts';

describe('what a model was taught by name', () => {
  let dir: string;
  beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'easel-concepts-'))));
  afterEach(() => rm(dir, { recursive: true }));

  const listed = (...paths: string[]) => ({ dir, files: paths.map((path) => ({ path, size: 1, modified: 1 })) });
  const says = async (value: unknown) => {
    await writeFile(join(dir, 'concepts.json'), JSON.stringify(value));
    return knownConcepts(listed('concepts.json'));
  };

  it('is told by concepts.json at the top of the folder, and by nothing else', async () => {
    await writeFile(join(dir, 'concepts.json'), 'not read');
    assert.equal(await knownConcepts(listed('model_index.json', 'transformer/concepts.json', 'concepts.json.bak')), undefined);
  });

  it('needs names alone: what is not said is empty, what others say stays', async () => {
    assert.deepEqual(await says({ concepts: [{ name: 'heart' }] }), { concepts: [{ name: 'heart', synonyms: [] }], colours: {}, containers: [], styles: [], templates: [], emoji: [], emojiStyles: [] });
    const whole = { concepts: [{ name: 'mail', synonyms: ['letter'], drawings: 69 }], colours: { red: '#f00' }, containers: ['circle'], styles: ['thin'], templates: ['{concept}'], emoji: [{ name: 'skull', character: '💀', keywords: ['dead'], styles: ['noto', '3d'], drawings: 4 }], emojiStyles: ['noto', '3d'], made: 2026 };
    assert.deepEqual(await says(whole), whole);
    assert.deepEqual((await says({ concepts: [], emoji: [{ name: 'skull', character: '💀' }] }))?.emoji, [{ name: 'skull', character: '💀', keywords: [], styles: [] }]);
  });

  it('is refused in one line that names the file and the field where it is damaged', async () => {
    const name = join(dir, 'concepts.json');
    for (const [value, field] of [
      [{}, 'concepts'], [{ concepts: ['heart'] }, 'concepts.0'], [{ concepts: [{ name: 'x'.repeat(201) }] }, 'concepts.0.name'], [{ concepts: [{ name: 'x', synonyms: [7] }] }, 'concepts.0.synonyms.0'],
      [{ concepts: [], colours: ['red'] }, 'colours'], [{ concepts: [], containers: null }, 'containers'],
      [{ concepts: [], emoji: [{ name: 'skull' }] }, 'emoji.0.character'], [{ concepts: [], emojiStyles: [3] }, 'emojiStyles.0'],
    ] as const) {
      await assert.rejects(says(value), (error: Error) => error instanceof ModelError && error.message.startsWith(`${name}: ${field}: `) && !error.message.includes('\n'), field);
    }
    await rm(name);
    await assert.rejects(knownConcepts(listed('concepts.json')), (error: Error) => error instanceof ModelError && error.message.startsWith(`cannot read ${name}: `));
  });
});

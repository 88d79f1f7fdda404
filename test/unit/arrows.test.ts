/** The arrow rules hold because the linter says so: every import that ARCHITECTURE.md forbids is planted here once. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ESLint } from 'eslint';
import { z } from 'zod';

const root = join(import.meta.dirname, '..', '..');
const eslint = new ESLint({ cwd: root });

/** The effective rule, as ESLint has read it from eslint.config.mjs. */
const Rule = z.object({
  rules: z.object({
    'boundaries/dependencies': z.tuple([
      z.literal(2),
      z.object({
        policies: z.array(
          z.object({
            from: z.object({ file: z.object({ categories: z.string() }) }),
            allow: z.object({ to: z.object({ file: z.object({ categories: z.object({ anyOf: z.array(z.string()) }) }) }) }),
          }),
        ),
      }),
    ]),
  }),
});

/** Where a planted file of a room stands, and what another room would import to reach it. */
const places: Readonly<Record<string, { file: string; target: string }>> = {
  extension: { file: 'src/extension.ts', target: 'src/extension' },
  metadata: { file: 'src/image/metadata/planted.ts', target: 'src/image/metadata' },
  'engine-door': { file: 'src/engine/client.ts', target: 'src/engine/engine' },
  engine: { file: 'src/engine/service/planted.ts', target: entryOf('src/engine/service') },
};
const place = (room: string) => places[room] ?? { file: `src/${room}/planted.ts`, target: entryOf(`src/${room}`) };

/** The linter follows only imports that lead to a file: a room's entry, or while it has none any file in it. */
function entryOf(folder: string): string {
  if (!existsSync(join(root, folder)) || existsSync(join(root, folder, 'index.ts'))) return folder;
  const first = readdirSync(join(root, folder)).find((name) => name.endsWith('.ts'));
  return first ? `${folder}/${first.slice(0, -3)}` : folder;
}

async function complaints(file: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath: join(root, file) });
  return (result?.messages ?? []).filter(({ ruleId }) => ruleId?.startsWith('boundaries/') || ruleId === 'no-restricted-imports').map(({ message }) => message);
}

const importing = (file: string, target: string) => `import * as planted from '${'../'.repeat(file.split('/').length - 1)}${target}';\nexport default planted;\n`;

describe('the arrow rules', function () {
  this.timeout(120_000);
  let arrows: Map<string, string[]>;
  before(async () => {
    const config = Rule.parse(await eslint.calculateConfigForFile(join(root, 'src/prompt/planted.ts')));
    const [, { policies }] = config.rules['boundaries/dependencies'];
    arrows = new Map(policies.map(({ from, allow }) => [from.file.categories, allow.to.file.categories.anyOf]));
  });

  it('refuse every import that is not in the table, from every room, and let every other pass', async () => {
    const present = [...arrows.keys()].filter((room) => ['.ts', '/index.ts'].some((ending) => existsSync(join(root, place(room).target + ending))));
    for (const room of ['prompt', 'image', 'metadata', 'models', 'runtime', 'engine-door']) assert.ok(present.includes(room), room);
    for (const [from, allowed] of arrows) {
      for (const to of present) {
        const found = await complaints(place(from).file, importing(place(from).file, place(to).target));
        if (allowed.includes(to)) assert.deepEqual(found, [], `${from} → ${to} is allowed`);
        else assert.match(found.join(), new RegExp(`${from}/ may not import ${to}/`), `${from} → ${to} must fail`);
      }
    }
  });

  it('keep the rooms apart that the design names', () => {
    const expected = {
      prompt: ['prompt'], onnx: ['onnx'], runtime: ['runtime'], models: ['models'], tokenizer: ['tokenizer'], metadata: ['metadata'],
      'engine-door': ['engine-door', 'prompt'], freshness: ['freshness', 'prompt', 'metadata', 'models', 'tokenizer'],
    };
    for (const [room, allowed] of Object.entries(expected)) assert.deepEqual(arrows.get(room), allowed);
    for (const room of ['engine', 'diffusion', 'runtime', 'image', 'training']) assert.ok(!arrows.get('editor')?.includes(room), room);
  });

  it('also see a dynamic import and a re-export', async () => {
    assert.equal((await complaints('src/prompt/planted.ts', "export const load = () => import('../image');\n")).length, 1);
    assert.equal((await complaints('src/prompt/planted.ts', "export { encodePng } from '../image';\n")).length, 1);
  });

  it('give vscode, onnxruntime-node and sharp one room each', async () => {
    const owners: Readonly<Record<string, string>> = { vscode: 'editor', 'onnxruntime-node': 'runtime', sharp: 'image' };
    for (const [name, owner] of Object.entries(owners)) {
      for (const room of ['editor', 'runtime', 'image', 'prompt', 'diffusion', 'cli', 'engine']) {
        const found = await complaints(place(room).file, `import * as planted from '${name}';\nexport default planted;\n`);
        assert.equal(found.length, room === owner ? 0 : 1, `${room} imports ${name}`);
      }
    }
  });

  it('know every file under src', async () => {
    assert.equal((await complaints('src/nowhere/planted.ts', 'export const planted = 1;\n')).length, 1);
  });
});

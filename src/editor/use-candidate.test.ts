import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TextDocument } from 'vscode';
import { encodeEaselRecord, setTextChunks } from '../image/metadata';
import { tinyPng } from '../image/metadata/test-support/tiny-png';
import { contextWith } from '../prompt/test-support';
import type { DiskContexts, FoundContext } from './disk-contexts';
import { FakeDocument, FakeUri, vscode } from './test-support/with-vscode';

interface Change { start: number; end: number; text: string }
const picture = (seed: string) => {
  const easel = encodeEaselRecord({ version: 1, request: { version: 1, prompt: 'heart', seed, index: 0, model: { id: 'icon-64', sha256: null } }, engine: { easel: '0.1.0' } });
  return setTextChunks(tinyPng(), { easel });
};

describe('a candidate that is used', () => {
  let root: string;
  let document: FakeDocument;
  let changes: Change[];
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'easel-candidate-'));
    Object.assign(vscode, {
      Uri: FakeUri,
      Range: class { constructor(readonly start: number, readonly end: number) {} },
      WorkspaceEdit: class {
        replace(_uri: unknown, { start, end }: { start: number; end: number }, text: string) { changes.push({ start, end, text }); }
        insert(_uri: unknown, start: number, text: string) { changes.push({ start, end: start, text }); }
      },
    });
    Object.assign(vscode.workspace, { isTrusted: true, applyEdit: () => Promise.resolve(true) });
  });
  afterEach(() => rm(root, { recursive: true }));

  /** The text after "Use this one" on block `index`; `meanwhile` is typed while files are written. */
  async function used(text: string, { index = 0, meanwhile = text, png = picture('42') } = {}): Promise<string> {
    changes = [];
    document = new FakeDocument(text, 't2i', new FakeUri(join(root, 'icons.t2i')));
    const { PromptFiles } = await import('./prompt-files');
    const files = new PromptFiles();
    const prompt = files.parse(document as unknown as TextDocument)!;
    const context = contextWith({ root, directory: root }) as FoundContext['context'];
    const contexts = { get: () => Promise.resolve({ prompt, context, root }) } as unknown as DiskContexts;
    const candidate = join(root, 'candidate.png');
    await writeFile(candidate, png);
    const { useCandidate } = await import('./use-candidate');
    const using = useCandidate({ contexts, files }, document as unknown as TextDocument, prompt.blocks[index]!, candidate);
    document.type(meanwhile);
    await using;
    files.dispose();
    return changes.reduceRight((now, { start, end, text: written }) => now.slice(0, start) + written + now.slice(end), document.getText());
  }

  it('becomes the block\'s picture', async () => {
    await used('# heart\na heart');
    assert.deepEqual(await readFile(join(root, 'icons', 'heart.png')), Buffer.from(picture('42')));
  });

  it('leaves a block alone that leaves its seed open, or says this one', async () => {
    for (const text of ['# heart\na heart\nSteps: 3', '# heart\na heart\nSeed: -1', '# heart\na heart\nSeed: 42']) assert.equal(await used(text), text);
  });

  it('gives its seed to a block that says another', async () => {
    assert.equal(await used('# heart\na heart\nSeed: 7, Steps: 3'), '# heart\na heart\nSeed: 42, Steps: 3');
    assert.equal(await used('---\nseed: 7\n---\n# heart\na heart\nSteps: 3'), '---\nseed: 7\n---\n# heart\na heart\nSteps: 3, Seed: 42');
    assert.equal(await used('---\nseed: 7\n---\n# heart\na heart\nNegative prompt: x\n# star\nb'), '---\nseed: 7\n---\n# heart\na heart\nNegative prompt: x\nSeed: 42\n# star\nb');
  });

  it('writes the seed where the block is now, whatever was typed meanwhile', async () => {
    const before = '# heart\na heart\nSeed: 7';
    assert.equal(await used(before, { meanwhile: `# new\nSeed: 123\n\n${before}` }), '# new\nSeed: 123\n\n# heart\na heart\nSeed: 42');
    // The block has gone: nothing is written into another one.
    assert.equal(await used(before, { meanwhile: '# other\nx\nSeed: 7' }), '# other\nx\nSeed: 7');
    // It has another name.
    assert.equal(await used(before, { meanwhile: '# love\na heart\nSeed: 7\n# star\nb\nSeed: 7' }), '# love\na heart\nSeed: 42\n# star\nb\nSeed: 7');
  });

  it('is the second\'s of two blocks of one name', async () => {
    const twice = '# heart\na heart\nSeed: 7\n# heart\nb\nSeed: 8, Out: ./b.png';
    assert.equal(await used(twice, { index: 1, meanwhile: `# new\nx\n${twice}` }), `# new\nx\n${twice.replace('Seed: 8', 'Seed: 42')}`);
  });

  it('is refused without a record, and where its block draws nothing any more', async () => {
    await assert.rejects(used('# heart\n'), /cannot be used for this block any more/);
    await assert.rejects(used('# heart\na', { png: tinyPng() }), /cannot be used/);
  });
});

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatasetError, formatCounts, readDataset, withCaptionRead, withCaptionText, type Dataset, type Lint, type TextRange } from './index';

describe('a folder of captioned pictures', () => {
  let root: string;
  beforeEach(async () => { root = await mkdtemp(join(tmpdir(), 'easel-dataset-')); });
  afterEach(() => rm(root, { recursive: true }));

  const put = async (files: Record<string, string | Uint8Array>) => {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(root, name)), { recursive: true });
      await writeFile(join(root, name), content);
    }
  };
  const captions = ({ entries }: Dataset) => Object.fromEntries(entries.map(({ picture, caption }) => [picture, caption]));
  const codes = (lints: readonly Lint[]) => lints.map(({ code, where }) => `${code} ${where.file}`);
  const at = (text: string, range: TextRange | undefined) => text.slice(range?.start, range?.end);

  it('finds captions beside pictures, of every kind of name, in nested folders', async () => {
    await put({ 'a.png': '', 'a.txt': ' a cat \r\n', 'sub/b.JPG': '', 'sub/b.caption': 'a dog', 'sub/deep/c.webp': '', 'd.jpeg': '', 'd.TXT': 'a\r\nb' });
    const dataset = await readDataset(root);
    assert.deepEqual(captions(dataset), { 'a.png': 'a cat', 'd.jpeg': 'a\nb', 'sub/b.JPG': 'a dog', 'sub/deep/c.webp': null });
    assert.deepEqual(dataset.counts, { pictures: 4, captions: 3, without: 1, orphans: 0 });
    assert.equal(formatCounts(dataset.counts), '4 pictures, 3 captions, 1 without');
    assert.deepEqual(dataset.problems, []);
  });

  it('finds captions in metadata.jsonl of the same folder and of one above, mixed with texts', async () => {
    await put({
      'metadata.jsonl': '{"file_name": "sub/a.png", "text": "from above"}\n{"file_name": "sub\\\\b.png", "text": "both", "more": [1, {"x": null}]}\n',
      'sub/metadata.jsonl': '{"text":"from \\u201chere\\u201d","file_name":"./c.png"}\n\n{"file_name": "d.png", "text": null}\n{"file_name": "e.png"}',
      'sub/a.png': '', 'sub/b.png': '', 'sub/b.txt': 'both', 'sub/c.png': '', 'sub/d.png': '', 'sub/e.png': '',
    });
    const dataset = await readDataset(root);
    assert.deepEqual(captions(dataset), { 'sub/a.png': 'from above', 'sub/b.png': 'both', 'sub/c.png': 'from “here”', 'sub/d.png': '', 'sub/e.png': '' });
    assert.equal(dataset.counts.captions, 3);
    assert.deepEqual(codes(dataset.problems), ['two-captions metadata.jsonl']);
    assert.equal(dataset.entries[1]?.source?.file, 'sub/b.txt');
  });

  it('takes what metadata says where the text beside the picture is empty', async () => {
    await put({ 'a.png': '', 'a.txt': '\n', 'metadata.jsonl': '{"file_name": "a.png", "text": "a cat"}' });
    assert.deepEqual(captions(await readDataset(root)), { 'a.png': 'a cat' });
  });

  it('says exactly where a line of metadata is wrong, and reads the others', async () => {
    const text = '{"file_name": "a.png", "text": "ok"}\n{"file_name": "a.png" "text": "x"}\n{"text": "x"}\n  {"file_name": "b.png", "text": 5}\nnot json\n{"file_name": "gone.png", "text": ""}\n{"file_name": "../a.png"}\n';
    await put({ 'a.png': '', 'metadata.jsonl': `\uFEFF${text}` });
    const { problems, entries } = await readDataset(root);
    assert.equal(entries[0]?.caption, 'ok');
    assert.deepEqual(problems.map(({ where }) => [where.range?.from.line, at(text, where.range)]), [
      [1, '"text": "x"}'],
      [2, '{"text": "x"}'],
      [3, '5'],
      [4, 'not json'],
      [5, '"gone.png"'],
      [6, '"../a.png"'],
    ]);
    assert.deepEqual(problems[2]?.where.range?.from, { line: 3, character: 33 });
    assert.match(problems[1]?.message ?? '', /no file_name in this line/);
    assert.deepEqual(problems.slice(4).map(({ code }) => code), ['caption-without-picture', 'outside-folder']);
    assert.deepEqual(problems[4]?.fix?.edits.map((edit) => edit.kind === 'replace' && text.slice(edit.span.start, edit.span.end)), ['{"file_name": "gone.png", "text": ""}\n']);
  });

  it('never leaves a caption out silently', async () => {
    await put({ 'a.png': '', 'a.png.txt': 'x', 'captions/b.txt': 'y', 'b.png': '', 'c.gif': '', 'metadata.csv': '', 'README.txt': 'about', 'bad.png': '', 'bad.txt': Uint8Array.of(0xff, 0xfe, 65, 0) });
    const { problems, counts } = await readDataset(root);
    assert.deepEqual(codes(problems), ['unsupported-file c.gif', 'unsupported-file metadata.csv', 'unreadable-caption bad.txt', 'caption-without-picture a.png.txt', 'caption-without-picture captions/b.txt']);
    assert.match(problems[2]?.message ?? '', /not UTF-8/);
    assert.deepEqual(problems.slice(3).map(({ fix }) => fix?.edits[0]), [{ kind: 'rename', file: 'a.png.txt', to: 'a.txt' }, { kind: 'rename', file: 'captions/b.txt', to: 'b.txt' }]);
    assert.equal(formatCounts(counts), '3 pictures, 0 captions, 3 without; 2 captions without a picture');
  });

  it('reads nothing through a link that leads out, to a folder, to a hidden file or to nothing', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'easel-outside-'));
    try {
      await writeFile(join(outside, 'secret.txt'), 'secret');
      await put({ 'a.png': '', 'real/b.png': '', '.git/config.txt': 'hidden' });
      for (const [target, name] of [[join(outside, 'secret.txt'), 'a.txt'], [outside, 'folder'], [join(root, 'gone'), 'gone.png'], [join(root, 'real'), 'again'], [join(root, 'real/b.png'), 'c.png'], [join(root, '.git/config.txt'), 'c.txt']] as const) await symlink(target, join(root, name));
      const dataset = await readDataset(root);
      assert.deepEqual(captions(dataset), { 'a.png': null, 'c.png': null, 'real/b.png': null });
      assert.deepEqual(codes(dataset.problems).sort(), ['outside-folder a.txt', 'outside-folder again', 'outside-folder c.txt', 'outside-folder folder', 'outside-folder gone.png']);
      assert.match(dataset.problems.find(({ where }) => where.file === 'a.txt')?.message ?? '', /is a link out of the dataset's folder/);
    } finally {
      await rm(outside, { recursive: true });
    }
  });

  it('is refused with one line when it is no folder', async () => {
    await put({ 'a.png': '' });
    for (const dir of ['gone', 'a.png']) await assert.rejects(readDataset(join(root, dir)), (error: Error) => error instanceof DatasetError && error.message.includes(dir) && !error.message.includes('\n'));
  });

  it('stops when aborted, in the middle of reading too', async () => {
    await put(Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`${index}.txt`, 'x'])));
    await assert.rejects(readDataset(root, { signal: AbortSignal.abort() }), { name: 'AbortError' });
    const controller = new AbortController();
    const onProgress = ({ phase }: { phase: string }) => phase === 'listing' && controller.abort();
    await assert.rejects(readDataset(root, { signal: controller.signal, onProgress }), { name: 'AbortError' });
  });

  it('tells how far it is', async () => {
    await put({ 'a.png': '', 'a.txt': 'x', 'b.txt': 'y' });
    const told: unknown[] = [];
    await readDataset(root, { onProgress: (progress) => told.push(progress) });
    assert.deepEqual(told.at(-1), { phase: 'captions', done: 2, total: 2 });
    assert.ok(told.some((progress) => JSON.stringify(progress) === '{"phase":"listing","done":3,"total":null}'));
  });

  it('prefers a text that is open in an editor, and follows one that changes', async () => {
    await put({ 'a.png': '', 'a.txt': 'disk', 'b.png': '' });
    const dataset = await readDataset(root, { openText: (path) => (path.endsWith('a.txt') ? 'unsaved' : undefined) });
    assert.deepEqual(captions(dataset), { 'a.png': 'unsaved', 'b.png': null });
    assert.deepEqual(captions(await withCaptionText(dataset, 'b.txt', 'new')), { 'a.png': 'unsaved', 'b.png': 'new' });
    assert.deepEqual(captions(await withCaptionText(dataset, 'a.txt', null)), { 'a.png': null, 'b.png': null });
  });

  it('reads a caption that has changed as strictly as all of them', async () => {
    await put({ 'a.png': '', 'a.txt': 'old', 'b.png': '' });
    const dataset = await readDataset(root);
    const latin = Buffer.from('K\xe4se', 'latin1');
    await put({ 'a.txt': latin, 'b.txt': 'new' });
    const after = await withCaptionRead(await withCaptionRead(dataset, 'a.txt'), 'b.txt');
    const whole = await readDataset(root);
    assert.deepEqual(captions(after), { 'a.png': null, 'b.png': 'new' });
    assert.deepEqual([captions(after), after.problems, after.files], [captions(whole), whole.problems, whole.files]);
    assert.match(after.problems[0]?.message ?? '', /a.txt: it is not UTF-8/);
    await rm(join(root, 'a.txt'));
    assert.deepEqual((await withCaptionRead(after, 'a.txt')).problems, []);
    // Nothing outside is read.
    const outside = await mkdtemp(join(tmpdir(), 'easel-outside-'));
    await writeFile(join(outside, 'secret.txt'), 'secret');
    await rm(join(root, 'b.txt'));
    await symlink(join(outside, 'secret.txt'), join(root, 'b.txt'));
    assert.deepEqual(captions(await withCaptionRead(after, 'b.txt')), { 'a.png': null, 'b.png': null });
    await rm(outside, { recursive: true });
  });

  it('lets others have their turn while it reads and assembles many lines', async () => {
    const text = Array.from({ length: 60_000 }, (_, index) => `{"file_name": "${index}.png", "text": "a cat number ${index}"}\n`).join('');
    await put({ 'a.png': '' });
    const dataset = await readDataset(root);
    let turns = 0;
    let running = true;
    const turn = () => { turns++; if (running) setImmediate(turn); };
    turn();
    // No file is read here, so without a rest there would be the first turn only.
    const { counts } = await withCaptionText(dataset, 'metadata.jsonl', text);
    running = false;
    assert.equal(counts.orphans, 60_000);
    assert.ok(turns > 5, `${turns} turns`);
  });
});

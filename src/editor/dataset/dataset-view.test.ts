import assert from 'node:assert/strict';
import { assembleDataset, lintDataset, readCaptionFile, type CaptionFile } from '../../dataset';
import type { DatasetFilter } from '../../messages';
import { viewDataset } from './dataset-view';

const FILES: Record<string, string | null> = {
  'a.png': null, 'a.txt': 'a red circle\n',
  'b.png': null, 'b.txt': '\n\n',
  'c.png': null,
  'lines/d.png': null, 'lines/e.png': null,
  'lines/metadata.jsonl': '{"file_name": "d.png", "text": "a blue star"}\n{"file_name": "e.png", "text": "A Red  circle"}\n{"file_name": "gone.png", "text": "x"}\n',
};

async function view(filter: Partial<DatasetFilter>) {
  const texts = new Map<string, CaptionFile>();
  for (const [name, text] of Object.entries(FILES)) if (text !== null) texts.set(name, await readCaptionFile(name, text));
  const dataset = await assembleDataset({ root: '/set', files: Object.keys(FILES).sort(), texts, refused: [] });
  return viewDataset(dataset, await lintDataset(dataset), { text: '', show: 'all', ...filter });
}
const names = async (filter: Partial<DatasetFilter>) => (await view(filter)).shown.map(({ picture }) => picture);

describe('what a dataset panel shows', () => {
  it('is every picture, those without a caption, or those with remarks', async () => {
    assert.deepEqual(await names({}), ['a.png', 'b.png', 'c.png', 'lines/d.png', 'lines/e.png']);
    assert.deepEqual(await names({ show: 'without' }), ['b.png', 'c.png']);
    assert.deepEqual(await names({ show: 'remarks' }), ['a.png', 'b.png', 'c.png', 'lines/e.png']);
  });

  it('is searched by every word, in captions and names, in any case', async () => {
    assert.deepEqual(await names({ text: 'RED circle' }), ['a.png', 'lines/e.png']);
    assert.deepEqual(await names({ text: 'lines blue' }), ['lines/d.png']);
    assert.deepEqual(await names({ text: 'nothing like it' }), []);
  });

  it('says of each picture what is said of its caption, line by line in metadata', async () => {
    const { remarks, numbers } = await view({});
    assert.deepEqual([...remarks].map(([picture, lints]) => `${picture} ${lints.map(({ code }) => code).join(' ')}`).sort(), [
      'a.png duplicate-caption', 'b.png empty-caption', 'c.png picture-without-caption', 'lines/e.png duplicate-caption',
    ]);
    assert.deepEqual(numbers, { all: 5, without: 2, remarks: 4 });
  });

  it('stops when it is aborted', async () => {
    const picture = (index: number) => ({ picture: `${index}.png`, caption: 'a', source: null });
    const entries = Array.from({ length: 200_000 }, (_, index) => picture(index));
    const controller = new AbortController();
    const viewing = viewDataset({ entries, counts: { pictures: entries.length, captions: 0, without: 0, orphans: 0 } }, [], { text: 'x', show: 'all' }, controller.signal);
    controller.abort();
    await assert.rejects(viewing, { name: 'AbortError' });
  });
});

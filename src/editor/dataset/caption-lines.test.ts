import assert from 'node:assert/strict';
import { assembleDataset, lintDataset, readCaptionFile, type CaptionFile, type Lint } from '../../dataset';
import { withCaptionLines } from './caption-lines';

const FILES: Record<string, string | null> = {
  'a.png': null, 'a.txt': 'one\ntwo\n',
  'b.png': null, 'b.txt': '',
  'c.png': null, 'd.png': null, 'e.png': null,
  'metadata.jsonl': '{"file_name": "d.png", "text": "blue"}\n\n{"file_name": "c.png", "text": ""}\n{"file_name": "e.png", "text": "blue"}\n',
};

describe('the lines of a caption file', () => {
  it('know their picture and their remarks, and those on the picture itself', async () => {
    const texts = new Map<string, CaptionFile>();
    for (const [name, text] of Object.entries(FILES)) if (text !== null) texts.set(name, await readCaptionFile(name, text));
    const dataset = await assembleDataset({ root: '/set', files: Object.keys(FILES).sort(), texts, refused: [] });
    const tiny: Lint = { code: 'tiny-picture', severity: 'warning', message: 'tiny', where: { file: 'a.png' } };
    const lints = [...(await lintDataset(dataset)), tiny];
    const linesOf = (file: string) => withCaptionLines(dataset, lints, file).map(({ line, picture, remarks }) => `${line} ${picture}: ${remarks.map(({ code }) => code).join(' ')}`);
    assert.deepEqual(linesOf('a.txt'), ['0 a.png: tiny-picture']);
    assert.deepEqual(linesOf('b.txt'), ['0 b.png: empty-caption']);
    assert.deepEqual(linesOf('metadata.jsonl'), ['0 d.png: duplicate-caption', '2 c.png: empty-caption', '3 e.png: duplicate-caption']);
    assert.deepEqual(linesOf('notes.txt'), []);
  });
});

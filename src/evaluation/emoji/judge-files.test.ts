import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmojiJudge, emojiJudgeFolder, readEmojiCalibration, readEmojiPrompts } from './judge-files';

describe('what emoji are judged by', () => {
  it('is 500 prompts per split, whose words say what their pictures must show', async () => {
    const lists = await readEmojiPrompts(emojiJudgeFolder());
    assert.deepEqual(lists.emoji[0], { prompt: 'tiger emoji in flat style on a purple circle', label: 'tiger', container: 'circle', background: 'purple', canvas: 'white', hasCeiling: true });
    for (const asked of [...lists.emoji, ...lists['emoji-style']]) {
      const { prompt, label, container, background, canvas } = asked;
      assert.ok(prompt.includes(label), prompt);
      assert.equal(/ (circle|rounded square)\b/.exec(prompt.replace(label, ''))?.[1] ?? 'none', container, prompt);
      for (const colour of new Set([background, canvas])) assert.ok(colour === 'white' || prompt.includes(colour), prompt);
      if (container === 'none') assert.equal(background, canvas, prompt);
    }
    assert.deepEqual([lists.emoji.length, lists['emoji-style'].length], [500, 500]);
  });

  it('is a judge that knows every label, and what real pictures score in every split', async () => {
    const folder = emojiJudgeFolder();
    const judge = await openEmojiJudge(folder);
    const lists = await readEmojiPrompts(folder);
    const unknown = [...lists.emoji, ...lists['emoji-style']].filter(({ label }) => !judge.names.includes(label));
    assert.deepEqual(unknown, []);
    await judge.release();
    const { ceiling } = await readEmojiCalibration(folder);
    assert.ok(ceiling.emoji['label top-1'] > 0.5 && ceiling['emoji-style']['label top-1'] > 0.5); // far from 1 in 210
  });

  it('is refused by name and place where it is damaged', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'easel-emoji-judge-'));
    const row = ['a skull emoji', 'skull', 'noto', 'none', 'white', 'white', true];
    const put = (splits: unknown) => writeFile(join(folder, 'prompts.json'), JSON.stringify({ splits }));
    await put({ emoji: [row], 'emoji-style': [] });
    assert.equal((await readEmojiPrompts(folder)).emoji.length, 1);
    await put({ emoji: [row.with(4, 'mauve')], 'emoji-style': [] });
    await assert.rejects(readEmojiPrompts(folder), { code: 'bad-model', message: /prompts\.json is malformed at splits\.emoji\.0\.4: .*; reinstall Easel$/ });
    await put({ emoji: [row] });
    await assert.rejects(readEmojiPrompts(folder), /prompts\.json is malformed at splits/);
    await assert.rejects(readEmojiCalibration(folder), { code: 'bad-model', message: /calibration\.json cannot be read; reinstall Easel$/ });
    await writeFile(join(folder, 'calibration.json'), '{"ceiling": {');
    await assert.rejects(readEmojiCalibration(folder), { code: 'bad-model', message: /calibration\.json cannot be read; reinstall Easel$/ });
    await rm(folder, { recursive: true });
  });
});

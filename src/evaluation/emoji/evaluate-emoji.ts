/** `easel evaluate emoji`: asks a model for pictures of emoji, looks at each, and says how often it did what it was asked. */
import { knownConcepts, readModelFolder } from '../../models';
import type { EmojiRequest, EmojiSplit, ModelReference } from '../../prompt';
import { PictureRun } from '../drawing/picture-run';
import { settingsOf } from '../drawing/pictures';
import { writeReport } from '../drawing/write-report';
import { EvaluationError } from '../error';
import type { Evaluation, EvaluationHooks, Models } from '../job';
import { refuseOtherSheets } from '../write-sheet';
import { emojiJudgeFolder, openEmojiJudge, readEmojiCalibration, readEmojiPrompts, type AskedEmoji } from './judge-files';
import { emojiReport, emojiText, type DrawnEmoji } from './report';
import { SAME_EMOJI, scoreEmoji, type EmojiMark } from './score-emoji';

/** Rejects with `EvaluationError` or what drawing rejects with; cancelled, or failed before everything was drawn, nothing has been written. */
export async function evaluateEmoji(request: EmojiRequest, models: Models, hooks: EvaluationHooks): Promise<Evaluation> {
  const settings = await settingsOf(request);
  await refuseUntaught(request.model);
  if (request.folder !== null) await refuseOtherSheets(request.folder, request.splits);
  const folder = emojiJudgeFolder();
  const [lists, calibration, judge] = await Promise.all([readEmojiPrompts(folder), readEmojiCalibration(folder), openEmojiJudge(folder)]);
  try {
    const run = new PictureRun<AskedEmoji, EmojiMark>(request, settings, models, hooks, { same: SAME_EMOJI, look: (rgb, asked) => scoreEmoji(rgb, asked, judge) });
    const { splits, shares } = await run.measure<EmojiSplit, DrawnEmoji>(request.splits, lists, (drawn) => Promise.resolve(drawn));
    const report = emojiReport({ request, settings, splits, shares, calibration, seconds: run.secondsPerPicture });
    const text = emojiText(report);
    const files = request.folder === null ? [] : await writeReport(request.folder, { report, text, splits, nameOf: ({ label }: AskedEmoji) => label, attributes: ['canvas', 'container', 'background'] });
    return { suite: 'emoji', report, text, files };
  } finally {
    await judge.release();
  }
}

/** Prompts that a model cannot know measure nothing. */
async function refuseUntaught({ path, id }: ModelReference): Promise<void> {
  const known = await knownConcepts(await readModelFolder(path, id));
  if (!known || known.emoji.length === 0) throw new EvaluationError('bad-request', `${id} was not taught emoji (its concepts.json lists none); use \`easel evaluate icons\``);
}

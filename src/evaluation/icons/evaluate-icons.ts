/** `easel evaluate icons`: asks a model for pictures, looks at each, and says how often it did what it was asked. */
import type { IconsRequest, Split } from '../../prompt';
import { PictureRun } from '../drawing/picture-run';
import { settingsOf } from '../drawing/pictures';
import { writeReport } from '../drawing/write-report';
import type { Evaluation, EvaluationHooks, Models } from '../job';
import { bitsOf, SAME } from '../pixels/ink-bits';
import { refuseOtherSheets } from '../write-sheet';
import { judgeFolder, openJudge, readCalibration, readPrompts, readReferences, type AskedPicture } from './judge-files';
import { OwnEmbeddings } from './own-embeddings';
import { iconReport, reportText, type DrawnIcon } from './report';
import { isCopy, scorePicture, type Mark } from './score-picture';

/** Rejects with `EvaluationError` or what drawing rejects with; cancelled, or failed before everything was drawn, nothing has been written. */
export async function evaluateIcons(request: IconsRequest, models: Models, hooks: EvaluationHooks): Promise<Evaluation> {
  const settings = await settingsOf(request);
  if (request.folder !== null) await refuseOtherSheets(request.folder, request.splits);
  const folder = judgeFolder();
  const [lists, calibration, references, judge] = await Promise.all([readPrompts(folder), readCalibration(folder), readReferences(folder), openJudge(folder)]);
  let embeddings: OwnEmbeddings | null = null;
  try {
    const own = (embeddings = await OwnEmbeddings.open(request.model));
    const run = new PictureRun<AskedPicture, Mark>(request, settings, models, hooks, {
      same: SAME,
      look: async (rgb, asked) => {
        const { marks, glyph, likeliest } = await scorePicture(rgb, asked, judge);
        return { marks, bits: glyph && bitsOf(glyph), likeliest };
      },
    });
    const { splits, shares } = await run.measure<Split, DrawnIcon>(request.splits, lists, async (drawn) => ({
      ...drawn,
      copies: drawn.bits.filter((bits) => isCopy(bits, references)).length,
      embedding: own && (await own.ofPicture(drawn.first)),
    }));
    const precision = new Map<Split, number[]>();
    for (const [split, drawn] of splits) precision.set(split, await rPrecision(request, models, own, drawn));
    const report = iconReport({ request, settings, splits, shares, precision, calibration, seconds: run.secondsPerPicture });
    const text = reportText(report);
    const files = request.folder === null ? [] : await writeReport(request.folder, { report, text, splits, nameOf: ({ concept }: AskedPicture) => concept, attributes: ['canvas', 'container', 'background', 'foreground'] });
    return { suite: 'icons', report, text, files };
  } finally {
    await judge.release();
    await embeddings?.release();
  }
}

/** Whether the model's own encoders find each prompt's first picture nearest to its own caption among up to a hundred. */
async function rPrecision({ model: reference }: IconsRequest, models: Models, embeddings: OwnEmbeddings | null, drawn: readonly DrawnIcon[]): Promise<number[]> {
  if (!embeddings || drawn.length < 2) return [];
  const captions = await models.use(reference, (model) => embeddings.ofCaptions(model, drawn.map(({ asked }) => asked.prompt)));
  return embeddings.precision(drawn.map(({ embedding }) => embedding!), captions);
}

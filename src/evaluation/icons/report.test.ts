import assert from 'node:assert/strict';
import type { IconsRequest } from '../../prompt';
import type { AskedPicture, Calibration, RealScores, Wording } from './judge-files';
import { iconReport, reportText, type DrawnIcon } from './report';

const REAL: RealScores = { n: 10, canvas: 1, container: 1, bg: 1, fg: 1, 'all four': 1, 'concept top-1': 0.5, 'concept top-5': 0.8, joint: 0.5, style: 1, copies: 0 };
const CALIBRATION: Calibration = {
  ceiling: { seen: REAL, pairs: REAL, 'colour-pairs': REAL, style: REAL, wording: REAL },
  'mismatched captions': REAL, 'blur 0.8': REAL, 'noise 12': REAL,
  distinctness: { 'distinct of 16': 0.96, concepts: 5 },
};

function drawn(wording: Wording, right: 0 | 1, hasCeiling = true): DrawnIcon {
  const asked: AskedPicture = { prompt: 'a', concept: 'heart', style: 'filled', foreground: 'red', container: 'circle', background: 'blue', canvas: 'white', hasCeiling, wording };
  const marks = { canvas: right, container: right, background: right, foreground: right, allFour: right, top1: right, top5: right, joint: right, style: right };
  return { asked, marks: [marks], bits: [null], copies: 0, first: new Uint8Array(3), likeliest: null, embedding: null };
}

function reportOf(split: 'seen' | 'wording', of: DrawnIcon[]) {
  const request: IconsRequest = {
    suite: 'icons', model: { id: 'icon-64', path: '/models/icon-64' }, adapters: [], folder: null, splits: [split], prompts: of.length, seeds: 1, distinct: 0,
    steps: null, guidanceScale: null, side: null, pooled: 'text',
  };
  return iconReport({ request, settings: { width: 64, height: 64, steps: 20, guidanceScale: 3 }, splits: new Map([[split, of]]), shares: [], precision: new Map(), calibration: CALIBRATION, seconds: 0.1 });
}

describe('the report of the icon suite', () => {
  it('divides by the ceiling only where the ceiling was measured', () => {
    const { splits } = reportOf('seen', [drawn('trained', 1), drawn('trained', 0), drawn('trained', 0, false), drawn('trained', 0, false)]);
    assert.equal(splits.seen?.top1.mean, 0.25);
    assert.equal(splits.seen?.ofCeiling?.top1.mean, 1); // half of two, divided by 0.5
    assert.equal(splits.seen?.wordings, null);
  });

  it('tells new orders of known words from words never trained', () => {
    const report = reportOf('wording', [drawn('new order', 1), drawn('new order', 1), drawn('new word', 0)]);
    assert.equal(report.splits.wording?.wordings?.['new order']?.joint.mean, 1);
    assert.deepEqual([report.splits.wording?.wordings?.['new word']?.prompts, report.splits.wording?.wordings?.['new word']?.joint.mean], [1, 0]);
    assert.match(reportText(report), /Of wording: new order \(2 prompts\): all four 1\.00/);
  });
});

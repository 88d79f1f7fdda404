/** A dataset linted as a language: everything known to be wrong with it, each remark with its place and, where one is sure, its fix. */
import type { Dataset } from './dataset';
import type { Lint } from './lint';
import { lintCaptions, type CaptionLintOptions } from './lint-captions';
import { lintPictures, type PictureLintOptions } from './lint-pictures';
import { TimeSlice } from './time-slice';

export type LintOptions = CaptionLintOptions & PictureLintOptions;

/**
 * What reading found, then captions, then pictures (only with `readInfo`, as they take long: to lint while somebody
 * types, leave it out). Rejects with the signal's reason when aborted, and otherwise never.
 */
export async function lintDataset(dataset: Dataset, options: LintOptions = {}): Promise<Lint[]> {
  options.signal?.throwIfAborted();
  const slice = new TimeSlice(options.signal);
  return [...dataset.problems, ...(await lintCaptions(dataset, options, slice)), ...(await lintPictures(dataset, options, slice))];
}

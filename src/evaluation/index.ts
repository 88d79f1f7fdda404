/**
 * How well does a model do what it is asked? Everything here measures and nothing teaches: `icons/` looks at what a model of
 * the icon family draws (exact pixel checks, an independent judge of concepts, copies, distinctness), `emoji/` at what one draws
 * that was taught colour emoji too; `drawing/` is how both have pictures drawn and tell of them, `pixels/` how they look at one.
 * `retrieval/` asks any model which caption belongs to which picture. Pictures are drawn by the same pipelines as everywhere.
 */
import type { EvaluateRequest } from '../prompt';
import { evaluateEmoji } from './emoji/evaluate-emoji';
import { evaluateIcons } from './icons/evaluate-icons';
import type { Evaluation, EvaluationHooks, Models } from './job';
import { evaluateRetrieval } from './retrieval/evaluate-retrieval';
import { refuseOtherFolder } from './write-text';

export { EvaluationError } from './error';
export type { Evaluation, EvaluationHooks, Models } from './job';

/** Runs a suite. Rejects with an error that carries a `code` as `EngineError` does; then nothing has been written. */
export async function evaluate(request: EvaluateRequest, models: Models, hooks: EvaluationHooks): Promise<Evaluation> {
  if (request.folder !== null) await refuseOtherFolder(request.folder);
  switch (request.suite) {
    case 'icons':
      return evaluateIcons(request, models, hooks);
    case 'emoji':
      return evaluateEmoji(request, models, hooks);
    case 'retrieval':
      return evaluateRetrieval(request, models, hooks);
  }
}

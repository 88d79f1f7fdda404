import type { Diagnostic } from './diagnostic';
import type { Parameter } from './document';
import { nearestKey } from './settings';

/** Keys that record how a picture was made without deciding how it looks: kept, never remarked on. */
const RECORDS = /^(?:.* hash(?:es)?|Hashes|Version|VAE|Civitai (?:resources|metadata)|Created Date|User|Index|Lora|Token|Batch (?:size|pos)|Module \d+)$/i;

/** A line of thousands of keys is no infotext. */
const MAX_REMARKS = 50;

/** Keys of things that A1111 and its extensions do to a picture and Easel does not. */
const NOT_DONE = /^(?:Hires .*|Refiner.*|Face restoration|Variation seed.*|Seed resize from|ENSD|Tiling|Token merging ratio.*|ADetailer .*|ControlNet.*|Schedule (?:max|min) sigma|Schedule rho|Sigma (?:churn|tmin|tmax|noise)|Hypernet.*|Mask blur|Inpaint area|Masked content|Masked area padding|Mask mode|Conditional mask weight|FreeU.*|Distilled CFG Scale)$/i;

/**
 * Remarks on a parameter line from elsewhere. Every key is kept; an unknown one earns a hint at most. A1111 leaves RNG
 * out when it drew its noise on the GPU (infotext_utils.py: "Missing RNG means the default was set, which is GPU RNG").
 */
export function remarkOnParameters(parameters: readonly Parameter[], diagnostics: Diagnostic[]): void {
  const enough = diagnostics.length + MAX_REMARKS;
  for (const { key, bare, setting, keySpan, span } of parameters) {
    if (setting !== null || bare || diagnostics.length >= enough || RECORDS.test(key)) continue;
    const near = nearestKey(key);
    if (NOT_DONE.test(key)) {
      diagnostics.push({ span, severity: 'hint', code: 'not-done', message: `Easel does not do “${key}”; it is kept, and the picture may differ for it` });
    } else if (near !== undefined) {
      const fix = { title: `Change to “${near}”`, span: keySpan, newText: near };
      diagnostics.push({ span: keySpan, severity: 'hint', code: 'unknown-parameter', message: `“${key}” is kept but means nothing here; did you mean “${near}”?`, fix });
    } else {
      diagnostics.push({ span: keySpan, severity: 'hint', code: 'unknown-parameter', message: `“${key}” is kept but means nothing here` });
    }
  }
  const last = parameters.at(-1);
  if (last !== undefined && lacksRng(parameters)) {
    const end = { start: last.span.end, end: last.span.end };
    diagnostics.push({
      span: { start: parameters[0]?.span.start ?? last.span.start, end: last.span.end },
      severity: 'hint',
      code: 'foreign-rng',
      message: 'these parameters come from A1111, where no RNG means noise from the GPU; “RNG: NV” draws the same noise, without it Easel takes torch\'s CPU noise',
      fix: { title: 'Add “RNG: NV”', span: end, newText: ', RNG: NV' },
    });
  }
}

/** Whether parameters were written by A1111 or a fork of it and so mean GPU noise by saying nothing. */
export function lacksRng(parameters: readonly { readonly key: string; readonly value: string }[]): boolean {
  let version: string | undefined;
  let [hasHash, hasSampler, hasSeed] = [false, false, false];
  for (const { key, value } of parameters) {
    if (key === 'RNG') return false;
    if (key === 'Version') version ??= value;
    else if (key === 'Model hash') hasHash = true;
    else if (key === 'Sampler') hasSampler = true;
    else if (key === 'Seed') hasSeed = true;
  }
  return hasSeed && (version === undefined ? hasHash && hasSampler : /^v?\d|^f\d/.test(version));
}

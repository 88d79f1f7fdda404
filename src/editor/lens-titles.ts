/**
 * What the lenses above a block say, as a pure function of its state and job. Titles are short, because the line is
 * above every block; the whole story is in the panel and in the tooltip.
 */
export type ShownState = 'fresh' | 'stale' | 'missing' | 'unknown' | 'checking';

export interface LensState {
  state: ShownState;
  /** False when the model is not here, so only its id was compared. */
  modelVerified: boolean;
  reasons: readonly string[];
  /** The running job in one line, or `null`. */
  job: { label: string; cancelling: boolean } | null;
}

export interface LensTitle {
  command: 'generate' | 'generateFour' | 'cancel' | 'explainState' | 'openPanel';
  title: string;
  tooltip: string;
}

/** Translates with `{0}` placeholders: `l10n.t` in the editor, the identity in tests. */
export type Translate = (message: string, ...args: (string | number)[]) => string;

/** The lenses of one block, left to right. */
export function lensTitles({ state, modelVerified, reasons, job }: LensState, t: Translate): LensTitle[] {
  if (job) {
    return [
      { command: 'cancel', title: icon('debug-stop', job.cancelling ? t('Cancelling') : t('Cancel')), tooltip: t('Stop after the step that is running; nothing is written') },
      { command: 'openPanel', title: icon('loading~spin', job.label), tooltip: t('Show the picture panel') },
    ];
  }
  return [
    { command: 'generate', title: icon('play', t('Generate')), tooltip: t('Draw this block\'s picture') },
    { command: 'generateFour', title: t('Generate 4'), tooltip: t('Draw four candidates with four seeds and choose one') },
    { command: 'explainState', title: icon(ICONS[state], stateWord(state, modelVerified, t)), tooltip: reasons.length > 0 ? reasons.join('\n') : stateMeaning(state, t) },
  ];
}

/** A lens drops an ordinary space after an icon. */
function icon(name: string, text: string): string {
  return `$(${name})\u00a0${text}`;
}

const ICONS: Record<ShownState, string> = { fresh: 'check', stale: 'history', missing: 'circle-outline', unknown: 'question', checking: 'sync' };

/** The state as a word, for the panel and for messages. */
export function stateWord(state: ShownState, modelVerified: boolean, t: Translate): string {
  switch (state) {
    case 'fresh':
      return modelVerified ? t('fresh') : t('fresh (model not verified)');
    case 'stale':
      return t('stale');
    case 'missing':
      return t('missing');
    case 'unknown':
      return t('unknown');
    case 'checking':
      return t('checking');
  }
}

/** What the word means, for a tooltip or a message. */
export function stateMeaning(state: ShownState, t: Translate): string {
  switch (state) {
    case 'fresh':
      return t('The picture is what this block says');
    case 'stale':
      return t('The block has changed since the picture was drawn');
    case 'missing':
      return t('The picture has not been drawn yet');
    case 'unknown':
      return t('The file does not say how it was drawn, so it is never overwritten');
    case 'checking':
      return t('The picture is being compared with its block');
  }
}

import { l10n } from 'vscode';
import type { DatasetLabels } from '../../messages';

/** The page's fixed words, translated here because a webview has no `l10n`. */
export function datasetLabels(): DatasetLabels {
  return {
    search: l10n.t('Search captions and names'),
    showAll: l10n.t('All'),
    showWithout: l10n.t('Without caption'),
    showRemarks: l10n.t('With remarks'),
    pictures: l10n.t('Pictures with their captions'),
    captionOf: l10n.t('Caption of {0}', '{0}'),
    pictureOf: l10n.t('Open picture {0}', '{0}'),
    openCaption: l10n.t('Open caption file of {0}', '{0}'),
    unsaved: l10n.t('not saved'),
    noCaption: l10n.t('No caption yet'),
    undo: l10n.t('Undo'),
    check: l10n.t('Check Pictures'),
    train: l10n.t('Train Soft Tokens…'),
    nothing: l10n.t('No picture matches.'),
    progress: l10n.t('Progress'),
    keys: l10n.t('Arrow keys move between pictures, Enter edits the caption, Ctrl+Enter keeps it and goes on, Escape leaves it as it was.'),
  };
}

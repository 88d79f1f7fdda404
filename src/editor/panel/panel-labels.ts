import { l10n } from 'vscode';
import type { PanelLabels } from '../../messages';

/** The page's fixed words, translated here because a webview has no `l10n`. */
export function panelLabels(): PanelLabels {
  return {
    generate: l10n.t('Generate'),
    generateFour: l10n.t('Generate 4'),
    cancel: l10n.t('Cancel'),
    cancelling: l10n.t('Cancelling…'),
    copyInfotext: l10n.t('Copy Infotext'),
    openPicture: l10n.t('Open Picture'),
    editPicture: l10n.t('Edit…'),
    useThisOne: l10n.t('Use this one'),
    candidates: l10n.t('Candidates'),
    pictures: l10n.t('Pictures of this block'),
    parameters: l10n.t('Parameters'),
    preview: l10n.t('Preview of the picture being drawn'),
    progress: l10n.t('Progress'),
    empty: l10n.t('No picture yet. Generate draws it.'),
  };
}

import { l10n } from 'vscode';
import type { PanelError } from '../../messages';

/** What went wrong, with the one thing most likely to help. */
export function panelError(error: Error): PanelError {
  const code = 'code' in error ? error.code : undefined;
  switch (code) {
    case 'untrusted':
      return { message: error.message, action: { id: 'manage-trust', label: l10n.t('Manage Workspace Trust') } };
    case 'crashed':
      return { message: error.message, action: { id: 'retry', label: l10n.t('Generate Again') } };
    case 'failed':
    case 'numeric':
      return { message: error.message, action: { id: 'show-log', label: l10n.t('Show Log') } };
    default:
      return { message: error.message, action: null };
  }
}

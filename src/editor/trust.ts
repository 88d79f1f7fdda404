import { l10n, workspace } from 'vscode';
import { EngineError } from '../engine/engine';

/**
 * The one question before anything computes: may this workspace make us run a model? The engine client asks it for
 * every request, wherever the request came from.
 */
export function requireTrust(): void {
  if (workspace.isTrusted) return;
  throw new EngineError('untrusted', l10n.t('Easel draws nothing in Restricted Mode, because the workspace chooses the model and where pictures go. Trust the workspace to generate.'));
}

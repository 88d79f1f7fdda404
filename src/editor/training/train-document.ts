import type { TextDocument } from 'vscode';

/** Many tools call their config `train.yaml`; ours says its method, or lies in a run's folder. */
export function isTrainConfig(document: TextDocument): boolean {
  const { uri } = document;
  return uri.scheme === 'file' && /(?:^|\/)train\.yaml$/.test(uri.path) && (/\/\.easel\/runs\/[^/]+\/train\.yaml$/.test(uri.path) || /^method:\s*["']?soft-tokens\b/m.test(document.getText()));
}

import type { Uri } from 'vscode';

/** Where a document lies on this machine's disk; `undefined` for virtual, untitled and remote-only ones. The one door from URI to path. */
export function toDiskPath(uri: Uri): string | undefined {
  return uri.scheme === 'file' ? uri.fsPath : undefined;
}

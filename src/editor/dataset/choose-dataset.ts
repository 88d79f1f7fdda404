import { QuickPickItemKind, Uri, l10n, window, workspace, type QuickPickItem } from 'vscode';
import { datasetFolders } from './dataset-folders';

/** Files of each kind looked at to find datasets; a set with more is found by its first ones. */
const LOOKED_AT = 20_000;

/** Asks for a dataset's folder: those found in the workspace, or any other. `undefined` if the person gives up. */
export async function chooseDataset(title = l10n.t('Open Dataset')): Promise<Uri | undefined> {
  const found = await findDatasets();
  const browse: QuickPickItem = { label: l10n.t('Browse…'), description: l10n.t('a folder of captioned pictures'), alwaysShow: true };
  const items: (QuickPickItem & { uri?: Uri })[] = [...found, ...(found.length > 0 ? [{ label: '', kind: QuickPickItemKind.Separator }] : []), browse];
  const chosen = await window.showQuickPick(items, { title, placeHolder: l10n.t('Choose the folder that holds the pictures'), matchOnDescription: true });
  if (chosen !== browse) return chosen?.uri;
  return (await window.showOpenDialog({ title, canSelectFiles: false, canSelectFolders: true, openLabel: l10n.t('Open') }))?.[0];
}

async function findDatasets(): Promise<(QuickPickItem & { uri: Uri })[]> {
  // Asked apart, so that a hundred thousand pictures do not hide the captions of another set.
  const patterns = ['**/metadata.jsonl', '**/*.{txt,caption}', '**/*.{png,jpg,jpeg,webp}'];
  const files = (await Promise.all(patterns.map((pattern) => workspace.findFiles(pattern, '**/{node_modules,.*}/**', LOOKED_AT)))).flat();
  const folders = workspace.workspaceFolders ?? [];
  return folders.flatMap((folder) => {
    const inside = files.filter((uri) => workspace.getWorkspaceFolder(uri) === folder).map((uri) => workspace.asRelativePath(uri, false));
    return datasetFolders(inside).map((path) => ({ label: `$(folder) ${path}`, ...(folders.length > 1 && { description: folder.name }), uri: Uri.joinPath(folder.uri, path) }));
  });
}

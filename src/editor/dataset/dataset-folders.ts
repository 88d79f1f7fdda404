/** Which folders of a workspace look like datasets, judged by the names of their files alone. Pure. */
import { folderOf, nameOf, withoutExtension } from '../../dataset';

/**
 * Folders that hold captions beside pictures or a `metadata.jsonl`, and the folder above several of them, by name.
 * Paths are relative to the workspace, with forward slashes.
 */
export function datasetFolders(files: readonly string[]): string[] {
  const pictures = new Set(files.filter((file) => /\.(?:png|jpe?g|webp)$/i.test(file)).map(withoutExtension));
  const found = new Set<string>();
  for (const file of files) {
    if (/^metadata\.jsonl$/i.test(nameOf(file))) found.add(folderOf(file));
    else if (/\.(?:txt|caption)$/i.test(file) && pictures.has(withoutExtension(file))) found.add(folderOf(file));
  }
  const children = new Map<string, number>();
  for (const folder of found) if (folder !== '') children.set(folderOf(folder), (children.get(folderOf(folder)) ?? 0) + 1);
  for (const [folder, count] of children) if (count > 1 && folder !== '') found.add(folder);
  return [...found].filter((folder) => folder !== '').sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1));
}

function depth(folder: string): number {
  return folder.split('/').length;
}

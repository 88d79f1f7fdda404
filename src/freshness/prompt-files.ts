/** The prompt files below a folder: `.t2i`, and Markdown with a `t2i` fence in it. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PromptLanguage } from '../prompt';

/** Folders that hold no prompts of one's own; hidden folders are left out too. */
const SKIPPED = new Set(['node_modules', 'dist', 'out', 'build', 'target', 'vendor', '__pycache__']);
/** A loose file's root may be somebody's home: the search ends here, and what was found by then is what there is. */
const MAX_ENTRIES = 20_000;

/** Which language a file name promises; a Markdown file need not hold any prompt. */
export function promptLanguageOf(fileName: string): PromptLanguage | undefined {
  if (/\.t2i$/i.test(fileName)) return 't2i';
  return /\.(?:md|markdown)$/i.test(fileName) ? 'markdown' : undefined;
}

/** Does a text hold prompts? A `.t2i` file always does, Markdown only with a `t2i` fence. */
export function holdsPrompts(text: string, language: PromptLanguage): boolean {
  return language === 't2i' || /^[ \t]*(`{3,}|~{3,})[ \t]*t2i\b/m.test(text);
}

/** Absolute paths, breadth first and sorted within a folder. Links are not followed. Gives up after `entries` files and folders. */
export async function promptFiles(root: string, { entries: most = MAX_ENTRIES }: { entries?: number } = {}): Promise<string[]> {
  const found: string[] = [];
  const folders = [root];
  let entriesSeen = 0;
  for (const folder of folders) {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (++entriesSeen > most) return found;
      if (entry.isFile() && promptLanguageOf(entry.name)) found.push(join(folder, entry.name));
      if (entry.isDirectory() && !entry.name.startsWith('.') && !SKIPPED.has(entry.name)) folders.push(join(folder, entry.name));
    }
  }
  return found;
}

// Looks into a built VSIX: only allowed files, nothing missing, every native file for its platform, not too large.
import { stat } from 'node:fs/promises';
import { openPromise } from 'yauzl';
import { isAllowed, MAX_BYTES, requiredFiles } from './package-contents.mjs';
import { platformOf } from './native-binaries.mjs';

/** Paths inside the extension's folder → platform of the native ones (`null` for others). */
export async function readVsix(path) {
  const files = new Map();
  const zip = await openPromise(path);
  try {
    for await (const entry of zip.eachEntry()) {
      if (!entry.fileName.startsWith('extension/') || entry.fileName.endsWith('/')) continue;
      const chunks = [];
      for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk);
      files.set(entry.fileName.slice('extension/'.length), platformOf(Buffer.concat(chunks)));
    }
  } finally {
    zip.close();
  }
  return files;
}

/** What is wrong with these contents, one line each; empty if nothing is. */
export function problemsOf(files, target) {
  const problems = [];
  // vsce renames these three; the gallery knows them by its own names.
  const known = (path) => ({ 'readme.md': 'README.md', 'changelog.md': 'CHANGELOG.md', 'LICENSE.txt': 'LICENSE' })[path] ?? path;
  const paths = new Map([...files].map(([path, platform]) => [known(path), platform]));
  for (const [path, platform] of paths) {
    if (!isAllowed(path, target)) problems.push(`${path} is not on the list in scripts/package-contents.mjs`);
    if (platform !== null && platform !== target) problems.push(`${path} is for ${platform}, not for ${target}`);
  }
  for (const path of requiredFiles(target)) if (!paths.has(path)) problems.push(`${path} is missing`);
  if (![...paths.values()].includes(target)) problems.push(`there is no native file for ${target}`);
  return problems;
}

/** The same for a file on disk, its size included. */
export async function verifyVsix(path, target) {
  const { size } = await stat(path);
  const problems = problemsOf(await readVsix(path), target);
  if (size >= MAX_BYTES) problems.push(`it is ${(size / 1e6).toFixed(1)} MB; the most is ${MAX_BYTES / 1e6} MB`);
  return { size, problems };
}

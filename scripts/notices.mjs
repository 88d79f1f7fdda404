// NOTICE.md: whose work is in the extension, and under which licence; made from the packages that were really bundled
// or shipped. A package without a licence, or under one that has not been looked at, stops packaging.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Licences that allow what Easel does with the packages (bundling; shipping sharp's libvips as a library of its own). */
const ACCEPTED = new Set(['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'LGPL-3.0-or-later', 'Apache-2.0 AND LGPL-3.0-or-later', 'CC-BY-4.0']);

const HEAD = `# Third-party notices

Easel itself is under the MIT licence (LICENSE). The embedded model's data, and its licences, are described in
models/icon-64/README.md. The extension also contains the packages below. libvips and the libraries in it are shipped as
a library file of their own, which may be replaced; their licences are listed in its README.md.
`;

/** The names of the packages among the inputs of esbuild's bundles. */
export function packagesOf(inputs) {
  const names = inputs.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  return [...new Set(names)];
}

/** The notices as Markdown. `folders` are package folders; throws one line for a package that must not be shipped like this. */
export async function makeNotices(folders) {
  const packages = await Promise.all(folders.map(describe));
  packages.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const sections = packages.map(({ name, version, license, homepage, text }) => `## ${name} ${version}\n\n${license}${homepage ? ` · ${homepage}` : ''}\n${text ? `\n${quote(text)}\n` : ''}`);
  return `${HEAD}\n${sections.join('\n')}`;
}

async function describe(folder) {
  const { name, version, license, homepage } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  if (!ACCEPTED.has(license)) throw new Error(`${name} ${version} is under ${license ?? 'no stated licence'}; look at it, then add the licence in scripts/notices.mjs or drop the package`);
  const file = (await readdir(folder)).find((entry) => /^(licen[cs]e|copying)(\.(md|txt))?$/i.test(entry));
  return { name, version, license, homepage, text: file && (await readFile(join(folder, file), 'utf8')).trim() };
}

function quote(text) {
  return text.split(/\r?\n/).map((line) => `    ${line}`.trimEnd()).join('\n');
}

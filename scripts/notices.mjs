// NOTICE.md: whose work is in the extension, and under which licence; made from the packages that were really bundled
// or shipped. A package without a licence, or under one that has not been looked at, stops packaging. Each VSIX gets its
// own; `node scripts/notices.mjs` writes the checkout's, for this platform (the others differ in the platform's name).
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { SHIPPED_PACKAGES } from './package-contents.mjs';
import { main, root } from './run.mjs';

/** Licences that allow what Easel does with the packages (bundling; shipping sharp's libvips as a library of its own). */
const ACCEPTED = new Set(['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'LGPL-3.0-or-later', 'Apache-2.0 AND LGPL-3.0-or-later', 'CC-BY-4.0']);

const HEAD = `# Third-party notices

Easel itself is under the MIT licence (LICENSE). The embedded model's data, and its licences, are described in
models/icon-64/README.md; those of its judges, and the licences' texts, in README.md and NOTICE.md of models/icon-judge and
models/emoji-judge. The extension also contains the packages below. libvips and the libraries in it are shipped as a library
file of their own, which may be replaced; their licences are listed in its README.md.
`;

/** The names of the packages among the inputs of esbuild's bundles. */
export function packagesOf(inputs) {
  const names = inputs.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  return [...new Set(names)];
}

/** Everything that goes into a VSIX: packages bundled by esbuild, and those shipped whole with their platform's own. */
export async function noticesFor(modules, bundled) {
  const platform = (await readdir(join(modules, '@img'))).map((name) => `@img/${name}`);
  const shipped = new Set([...SHIPPED_PACKAGES, ...platform]);
  return makeNotices([...[...shipped].map((name) => join(modules, name)), ...bundled.filter((name) => !shipped.has(name)).map((name) => join(root, 'node_modules', name))]);
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

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(async () => {
    const bundled = packagesOf((await build()).flatMap(({ inputs }) => inputs));
    await writeFile(join(root, 'NOTICE.md'), await noticesFor(join(root, 'node_modules'), bundled));
  });
}

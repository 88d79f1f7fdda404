// Builds dist/: the extension, the engine's child process, the command line and the webview pages. Under a second.
// usage: node scripts/build.mjs [extension|engine-child|thumbnail-child|picture-info-child|cli|webview]...
import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { main, root } from './run.mjs';

/** Packages with native files: they stay in node_modules, beside the bundles. */
const NATIVE = ['onnxruntime-node', 'sharp'];

// The oldest Node that runs them: 20 for the command line, VS Code's own (22 and up) for the rest. One target for all
// keeps the numbers the same everywhere.
const node = { platform: 'node', format: 'cjs', target: 'node20.19' };
const targets = {
  extension: { ...node, entryPoints: { extension: 'src/extension.ts', editor: 'src/editor/index.ts' }, external: ['vscode'], minify: true, supported: { 'dynamic-import': false }, outExtension: { '.js': '.cjs' } },
  'engine-child': { ...node, entryPoints: { 'engine-child': 'src/engine/child.ts' }, external: NATIVE, outExtension: { '.js': '.cjs' } },
  'thumbnail-child': { ...node, entryPoints: { 'thumbnail-child': 'src/image/thumbnail-child.ts' }, external: NATIVE, outExtension: { '.js': '.cjs' } },
  'picture-info-child': { ...node, entryPoints: { 'picture-info-child': 'src/dataset/picture-info-child.ts' }, external: NATIVE, outExtension: { '.js': '.cjs' } },
  cli: { ...node, entryPoints: { cli: 'src/cli/main.ts' }, external: NATIVE, outExtension: { '.js': '.cjs' }, banner: { js: '#!/usr/bin/env node' } },
  webview: { platform: 'browser', format: 'iife', target: 'chrome134', minify: true, entryPoints: { 'webview/panel': 'webview-ui/panel.ts', 'webview/dataset': 'webview-ui/dataset.ts', 'webview/run': 'webview-ui/run.ts' }, loader: { '.css': 'text' } },
};

/** zod brings its messages in fifty languages, half a megabyte that every start would parse; ours are English. */
const englishOnly = {
  name: 'zod-in-english',
  setup({ onLoad }) {
    onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({ contents: "export { default as en } from './en.js';" }));
  },
};

/** The extension's shell loads the editor's bundle when it first needs it, so that activation need not parse it. */
const editorOnDemand = {
  name: 'editor-on-demand',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/editor$/ }, ({ kind }) => (kind === 'dynamic-import' ? { path: './editor.cjs', external: true } : undefined));
  },
};

const shared = { absWorkingDir: root, bundle: true, metafile: true, logLevel: 'warning', minifySyntax: true, minifyWhitespace: true, legalComments: 'none', plugins: [englishOnly, editorOnDemand] };

/** A script as the engine's child is built, for what times our own code: a loader's helpers would be timed with it. */
export async function buildScript(entry, outfile) {
  const { build: bundle } = await import('esbuild');
  await bundle({ ...shared, ...targets['engine-child'], entryPoints: [entry], outfile });
}

export async function build(names = Object.keys(targets)) {
  const { build: bundle } = await import('esbuild');
  if (names.length === Object.keys(targets).length) await rm(join(root, 'dist'), { recursive: true, force: true });
  const results = await Promise.all(
    names.map(async (name) => {
      const target = targets[name];
      if (!target) throw new Error(`no bundle is called "${name}"; there are ${Object.keys(targets).join(', ')}`);
      return { name, ...(await bundle({ ...shared, outdir: 'dist', ...target })) };
    }),
  );
  for (const { name, metafile } of results) if (name === 'extension') refuseNative(metafile);
  if (names.includes('cli')) await chmod(join(root, 'dist', 'cli.cjs'), 0o755);
  return results.map(({ name, metafile }) => ({ name, inputs: Object.keys(metafile.inputs) }));
}

/** The extension host must be able to load the extension without the runtime: not even a lazy import of it is bundled. */
function refuseNative(metafile) {
  for (const output of Object.values(metafile.outputs)) {
    for (const { path } of output.imports) {
      if (NATIVE.includes(path)) throw new Error(`dist/extension.cjs imports ${path}; only the engine's child may`);
    }
  }
  const bundled = Object.keys(metafile.inputs).find((path) => NATIVE.some((name) => path.includes(`node_modules/${name}/`)));
  if (bundled) throw new Error(`dist/extension.cjs contains ${bundled}; only the engine's child may`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(() => build(process.argv.length > 2 ? process.argv.slice(2) : undefined));
}

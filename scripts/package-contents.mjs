// What belongs in the extension: the one list that packaging copies by and that every built VSIX is compared with.

/** VS Code's name of a platform → what npm calls its system and processor. */
export const TARGETS = {
  'linux-x64': { os: 'linux', cpu: 'x64', libc: 'glibc' },
  'linux-arm64': { os: 'linux', cpu: 'arm64', libc: 'glibc' },
  'win32-x64': { os: 'win32', cpu: 'x64' },
  'win32-arm64': { os: 'win32', cpu: 'arm64' },
  'darwin-arm64': { os: 'darwin', cpu: 'arm64' },
};

/** Marketplaces refuse more than 256 MB; ours is 100. */
export const MAX_BYTES = 100e6;

/**
 * Packages with native files, and what these load. They go into dist/node_modules, beside the bundles that require
 * them. onnxruntime-node's other dependencies serve its install script only, which never runs.
 */
export const SHIPPED_PACKAGES = ['onnxruntime-node', 'onnxruntime-common', 'sharp', 'detect-libc', 'semver', '@img/colour'];

/** Files of the checkout, by path. */
export const SHIPPED_FILES = [
  /^package\.nls(\.[a-z-]+)?\.json$/,
  /^(README|CHANGELOG)\.md$/,
  /^LICENSE$/,
  /^language-configuration\.json$/,
  /^(syntaxes|l10n)\/[^/]+\.json$/,
  /^media\/[^/]+\.(png|svg|md)$/,
  /^dist\/[a-z-]+\.cjs$/,
  /^dist\/webview\/[a-z-]+\.(js|css|ttf)$/,
  /^models\/icon-64\/(model_index\.json|concepts\.json|README\.md|LICENSE)$/,
  /^models\/icon-64\/(text_encoder|transformer|image_encoder|prior|upscaler)\/(config\.json|model\.onnx)$/,
  /^models\/icon-64\/scheduler\/scheduler_config\.json$/,
  /^models\/icon-64\/adapters\/[a-z0-9-]+\.safetensors$/,
  /^models\/icon-64\/tokenizer\/[a-z_]+\.(json|txt)$/,
  /^models\/icon-judge\/((README|NOTICE)\.md|judge\.onnx|(judge|prompts|calibration)\.json|glyphs\.bin\.gz)$/,
  /^models\/emoji-judge\/((README|NOTICE)\.md|judge\.onnx|(judge|prompts|calibration)\.json)$/,
];

/** Files of a shipped package, by path inside node_modules. */
export function isShippedFromPackage(path, target) {
  const { os, cpu } = TARGETS[target];
  return [
    /^(onnxruntime-node|onnxruntime-common|sharp|detect-libc|semver|@img\/[a-z0-9-]+)\/(package\.json|LICENSE(\.md)?)$/,
    /^onnxruntime-node\/dist\/[a-z]+\.js$/,
    // One of two equal copies of the library has the version in its name; the binding asks for the other.
    new RegExp(`^onnxruntime-node/bin/napi-v6/${os}/${cpu}/(?!libonnxruntime\\.1\\.\\d+\\.\\d+\\.dylib$)[^/]+\\.(node|dll|dylib|so\\.1)$`),
    /^onnxruntime-common\/dist\/cjs\/[a-z-]+\.js$/,
    /^onnxruntime-common\/dist\/cjs\/package\.json$/,
    /^sharp\/dist\/[a-z]+\.cjs$/,
    /^detect-libc\/lib\/[a-z-]+\.js$/,
    /^semver\/(index|range)\.js$/,
    /^semver\/(classes|functions|internal|ranges)\/[a-z-]+\.js$/,
    /^@img\/colour\/[a-z]+\.cjs$/,
    new RegExp(`^@img/sharp(-libvips)?-${os}-${cpu}/(index\\.cjs|versions\\.json|README\\.md)$`), // the README is libvips' list of licences
    new RegExp(`^@img/sharp(-libvips)?-${os}-${cpu}/lib/(index\\.js|[^/]+\\.(node|dll|dylib)|[^/]+\\.so\\.[0-9.]+)$`),
  ].some((pattern) => pattern.test(path));
}

/** What vsce itself adds, and what packaging writes. */
const WRITTEN = [/^package\.json$/, /^NOTICE\.md$/];

/** Is a file allowed in the VSIX of a target? `path` is relative to the extension's folder. */
export function isAllowed(path, target) {
  const inPackages = /^dist\/node_modules\/(.+)$/.exec(path)?.[1];
  return inPackages === undefined ? [...SHIPPED_FILES, ...WRITTEN].some((pattern) => pattern.test(path)) : isShippedFromPackage(inPackages, target);
}

/** What no VSIX may lack. */
export function requiredFiles(target) {
  const { os, cpu } = TARGETS[target];
  const runtime = { linux: 'libonnxruntime.so.1', win32: 'onnxruntime.dll', darwin: 'libonnxruntime.1.dylib' }[os];
  return [
    'package.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'NOTICE.md',
    'dist/extension.cjs', 'dist/engine-child.cjs', 'dist/cli.cjs', 'dist/picture-info-child.cjs', 'dist/webview/panel.js', 'dist/webview/dataset.js', 'dist/webview/run.js',
    ...['model_index.json', 'README.md', 'text_encoder/model.onnx', 'transformer/model.onnx', 'image_encoder/model.onnx', 'prior/model.onnx', 'upscaler/model.onnx', 'scheduler/scheduler_config.json', 'tokenizer/tokenizer.json'].map((name) => `models/icon-64/${name}`),
    ...['onnxruntime_binding.node', runtime].map((name) => `dist/node_modules/onnxruntime-node/bin/napi-v6/${os}/${cpu}/${name}`),
    ...['README.md', 'NOTICE.md', 'judge.onnx', 'judge.json', 'prompts.json', 'calibration.json', 'glyphs.bin.gz'].map((name) => `models/icon-judge/${name}`),
    ...['README.md', 'NOTICE.md', 'judge.onnx', 'judge.json', 'prompts.json', 'calibration.json'].map((name) => `models/emoji-judge/${name}`),
    `dist/node_modules/@img/sharp-${os}-${cpu}/package.json`,
  ];
}

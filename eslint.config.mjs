// The rooms of ARCHITECTURE.md and who may import whom: this file is what keeps them. `scripts/test.mjs` checks that a
// planted violation fails (test/unit/arrows.test.ts).
import boundaries from 'eslint-plugin-boundaries';
import tseslint from 'typescript-eslint';

/** Room → rooms it may import. Absent means none of ours. */
const arrows = {
  editor: ['prompt', 'dataset', 'metadata', 'tokenizer', 'freshness', 'messages', 'engine-door', 'models'],
  messages: ['prompt'],
  prompt: [],
  tokenizer: [],
  freshness: ['prompt', 'metadata', 'models', 'tokenizer'],
  dataset: ['prompt', 'tokenizer', 'image', 'metadata'],
  metadata: [],
  image: ['metadata'],
  onnx: [],
  runtime: [],
  diffusion: ['onnx', 'runtime', 'tokenizer', 'prompt', 'image', 'metadata', 'adapters', 'models'],
  adapters: ['onnx'],
  training: ['diffusion', 'onnx', 'runtime', 'adapters', 'dataset', 'prompt', 'models'],
  models: [],
  evaluation: ['diffusion', 'runtime', 'image', 'metadata', 'models', 'prompt', 'onnx', 'adapters', 'dataset'],
  'engine-door': ['prompt'],
  engine: ['engine-door', 'diffusion', 'evaluation', 'training', 'models', 'image', 'metadata', 'prompt'],
  cli: ['engine', 'engine-door', 'prompt', 'dataset', 'tokenizer', 'freshness', 'image', 'metadata', 'models', 'onnx', 'training'],
  extension: ['editor'],
};

/** Rooms that are not simply a folder: two have a door that may be imported where the room behind it may not. */
const filesOf = {
  extension: 'src/extension.ts',
  metadata: ['src/image/metadata/**', 'src/image/store.ts'],
  image: ['src/image/!(store.ts)', 'src/image/!(metadata)/**'],
  'engine-door': 'src/engine/@(engine|client|protocol|errors)*.ts',
  engine: ['src/engine/!(engine|client|protocol|errors)*.ts', 'src/engine/*/**'],
};

export default tseslint.config(
  { ignores: ['dist/', 'out/', 'node_modules/', '.cache/', 'recipes/', 'models/', '**/*.d.ts', 'demo-pictures/', 'test-results/', '.easel/'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.{ts,mjs}'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' }],
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  { files: ['src/cli/**', 'scripts/**', 'test/**'], rules: { 'no-console': 'off' } },
  {
    files: ['src/**/*.ts'],
    plugins: { boundaries },
    settings: {
      'import/resolver': { node: { extensions: ['.ts'] } },
      'boundaries/dependency-nodes': ['import', 'export', 'dynamic-import', 'require'],
      'boundaries/files': Object.keys(arrows).map((room) => ({ category: room, pattern: filesOf[room] ?? `src/${room}/**` })),
    },
    rules: {
      'boundaries/no-unknown-files': 'error',
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          message: '{{from.file.categories}}/ may not import {{to.file.categories}}/ (ARCHITECTURE.md, rooms)',
          policies: Object.entries(arrows).map(([room, allowed]) => ({
            from: { file: { categories: room } },
            allow: { to: { file: { categories: { anyOf: [room, ...allowed] } } } },
          })),
        },
      ],
    },
  },
  // One room uses the editor, one the runtime, one the pixel library; tests may use the last to make pictures.
  onlyIn(['src/editor/**/*.ts', 'src/extension.ts'], ['onnxruntime-node', 'sharp']),
  onlyIn(['src/runtime/**/*.ts'], ['vscode', 'sharp']),
  onlyIn(['src/image/**/*.ts'], ['vscode', 'onnxruntime-node']),
  onlyIn(['src/**/*.ts'], ['vscode', 'onnxruntime-node', 'sharp'], ['src/editor/**', 'src/extension.ts', 'src/runtime/**', 'src/image/**']),
);

/** In these files, without their tests, these packages may not be imported. */
function onlyIn(files, packages, ignores = []) {
  const paths = packages.map((name) => ({ name, message: `${name} has one room of its own (ARCHITECTURE.md, rooms)` }));
  return { files, ignores: ['src/**/*.test.ts', 'src/**/test-support/**', ...ignores], rules: { 'no-restricted-imports': ['error', { paths }] } };
}

/* eslint-disable @typescript-eslint/no-require-imports -- loaded by require, as CommonJS */
/**
 * Enough of `vscode` to activate an extension in plain Node: everything can be called, constructed and disposed, and
 * the few calls that tests ask about are recorded in `calls`.
 */
const calls = { commands: [], live: 0 };

class EventEmitter {
  #listeners = new Set();
  event = (listener) => {
    this.#listeners.add(listener);
    return disposable(() => this.#listeners.delete(listener));
  };
  fire(value) {
    for (const listener of this.#listeners) listener(value);
  }
  dispose() {
    this.#listeners.clear();
  }
}

/** Counts what is alive, so that a test sees what was never disposed. */
function disposable(dispose = () => undefined) {
  let alive = true;
  calls.live += 1;
  return {
    dispose() {
      if (alive) calls.live -= 1;
      alive = false;
      dispose();
    },
  };
}

const Disposable = { from: (...parts) => ({ dispose: () => parts.forEach((part) => part.dispose()) }) };

/** An object whose unknown members are events (`on…`), registrations (`register…`, `create…`) or empty classes. */
const anything = (known) =>
  new Proxy(known, {
    get(target, name) {
      if (name in target || typeof name === 'symbol') return target[name];
      if (/^on[A-Z]/.test(name)) return () => disposable();
      if (/^(register|create)[A-Z]/.test(name)) {
        return () => ({ ...disposable(), onDidChange: () => disposable(), onDidCreate: () => disposable(), onDidDelete: () => disposable(), set() {}, get() {}, delete() {}, show() {}, hide() {}, info() {}, warn() {}, error() {}, debug() {}, trace() {} });
      }
      return class {};
    },
  });

const { properties } = require(require('node:path').join(process.cwd(), 'package.json')).contributes.configuration;

module.exports = anything({
  calls,
  EventEmitter,
  Disposable,
  Uri: { joinPath: (base, ...parts) => ({ fsPath: [base.fsPath, ...parts].join('/'), scheme: 'file', toString: () => `file://${base.fsPath}` }), file: (fsPath) => ({ fsPath, scheme: 'file' }) },
  l10n: { t: (message) => message },
  env: anything({ language: 'en' }),
  commands: anything({
    registerCommand(id) {
      calls.commands.push(id);
      return disposable();
    },
    executeCommand: async () => undefined,
  }),
  languages: anything({}),
  tasks: anything({}),
  window: anything({ visibleTextEditors: [], activeTextEditor: undefined }),
  workspace: anything({ textDocuments: [], workspaceFolders: undefined, isTrusted: false, getConfiguration: (section) => ({ get: (key) => properties[`${section}.${key}`]?.default }) }),
  StatusBarAlignment: { Left: 1, Right: 2 },
  DiagnosticSeverity: { Error: 0, Warning: 1, Information: 2, Hint: 3 },
  CodeActionKind: { QuickFix: 'quickfix' },
  CompletionItemKind: {},
});

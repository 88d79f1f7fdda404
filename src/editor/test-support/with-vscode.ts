/**
 * Lets modules that import `vscode` be loaded in plain Node: they get the stub, whose members a test may replace. What imports
 * `vscode` is to be imported after this, by `await import(…)`.
 */
import Module from 'node:module';
import { join } from 'node:path';

const STUB = join(__dirname, 'vscode-stub.cjs');
const modules = Module as unknown as { _resolveFilename(request: string, ...others: unknown[]): string };
const resolve = modules._resolveFilename.bind(Module);
modules._resolveFilename = (request, ...others) => (request === 'vscode' ? STUB : resolve(request, ...others));

/** The stub, by the parts that tests set. */
// eslint-disable-next-line @typescript-eslint/no-require-imports -- it is CommonJS, and one for all who ask
export const vscode = require(STUB) as {
  EventEmitter: new <Event>() => { event: (listener: (event: Event) => void) => { dispose(): void }; fire(event: Event): void };
  Uri: unknown;
  Range: unknown;
  WorkspaceEdit: unknown;
  commands: Record<string, unknown>;
  languages: Record<string, unknown>;
  window: Record<string, unknown>;
  workspace: Record<string, unknown>;
};

/** Sets members of a part of the stub, or of the stub itself; what it returns puts back what was there. */
export function replaced(part: object, members: Record<string, unknown>): () => void {
  const before = Object.fromEntries(Object.keys(members).map((name) => [name, (part as Record<string, unknown>)[name]]));
  Object.assign(part, members);
  return () => void Object.assign(part, before);
}

/** Words with their values in place, in English, for the stub's `l10n`. */
export const english = { t: (message: string, ...values: unknown[]) => message.replace(/\{(\d)\}/g, (_, place: string) => String(values[Number(place)])) };

/** Resolves when an event next tells `wanted`. */
export function heard<Told>(event: (listener: (told: Told) => void) => { dispose(): void }, wanted: Told): Promise<void> {
  return new Promise((resolve) => {
    const listening = event((told) => {
      if (told !== wanted) return;
      listening.dispose();
      resolve();
    });
  });
}

/** A document of a text that may change. */
export class FakeDocument {
  version = 1;
  isClosed = false;

  constructor(
    private text: string,
    readonly languageId = 't2i',
    readonly uri: { scheme: string; path: string; fsPath: string; toString(): string } = fakeUri('/work/icons.t2i'),
  ) {}

  get fileName(): string {
    return this.uri.path;
  }

  getText(): string {
    return this.text;
  }

  type(text: string): this {
    this.text = text;
    this.version += 1;
    return this;
  }

  positionAt(offset: number): number {
    return offset;
  }

  offsetAt(position: number): number {
    return position;
  }
}

/** The class is the stub's `Uri` while a test has set it so. */
export class FakeUri {
  readonly scheme = 'file';
  constructor(readonly path: string) {}
  static file(path: string): FakeUri {
    return new FakeUri(path);
  }
  static joinPath(base: FakeUri, ...parts: string[]): FakeUri {
    return new FakeUri([base.path, ...parts].join('/'));
  }
  with({ query }: { query: string }): FakeUri {
    return new FakeUri(`${this.path}?${query}`);
  }
  get fsPath(): string {
    return this.path;
  }
  toString(): string {
    return `file://${this.path}`;
  }
}

export function fakeUri(path: string): FakeUri {
  return new FakeUri(path);
}

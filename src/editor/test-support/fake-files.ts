import { FakeDocument, FakeUri, replaced, vscode } from './with-vscode';

interface Edit { kind: 'replace' | 'create' | 'rename' | 'delete'; uri: FakeUri; range?: { start: number; end: number }; text?: string; to?: FakeUri; options?: { overwrite?: boolean; ignoreIfExists?: boolean; ignoreIfNotExists?: boolean; contents?: Buffer } }

class FakeTabInputText { constructor(readonly uri: FakeUri) {} }

/** Offsets stand for positions: a line and a character count as `1000 * line + character`. */
export class FakeRange {
  readonly start: number;
  readonly end: number;
  constructor(...at: [number, number] | [number, number, number, number]) {
    [this.start, this.end] = at.length === 2 ? at : [1000 * at[0] + at[1], 1000 * at[2] + at[3]];
  }
  isEqual(other: FakeRange): boolean {
    return this.start === other.start && this.end === other.end;
  }
  intersection(other: FakeRange): FakeRange | undefined {
    const [start, end] = [Math.max(this.start, other.start), Math.min(this.end, other.end)];
    return start <= end ? new FakeRange(start, end) : undefined;
  }
}

export class FakeWorkspaceEdit {
  readonly edits: Edit[] = [];
  replace(uri: FakeUri, range: FakeRange, text: string): void { this.edits.push({ kind: 'replace', uri, range, text }); }
  createFile(uri: FakeUri, options: Edit['options'] = {}): void { this.edits.push({ kind: 'create', uri, options }); }
  renameFile(uri: FakeUri, to: FakeUri, options: Edit['options'] = {}): void { this.edits.push({ kind: 'rename', uri, to, options }); }
  deleteFile(uri: FakeUri, options: Edit['options'] = {}): void { this.edits.push({ kind: 'delete', uri, options }); }
}

/** A text as an editor holds it: all its lines end in one way. */
export class OpenFile extends FakeDocument {
  isDirty = false;
  readonly eol: 1 | 2;
  constructor(private readonly files: FakeFiles, uri: FakeUri, text: string) {
    super(text, 'plaintext', uri);
    this.eol = text.includes('\r\n') ? 2 : 1;
    super.type(this.inLines(text));
  }

  override type(text: string): this {
    this.isDirty = true;
    return super.type(this.inLines(text));
  }

  save(): Promise<boolean> {
    if (this.files.unsaveable.has(this.uri.path)) return Promise.resolve(false);
    this.files.disk.set(this.uri.path, this.getText());
    this.isDirty = false;
    return Promise.resolve(true);
  }

  private inLines(text: string): string {
    return text.replace(/\r\n|\r|\n/g, this.eol === 2 ? '\r\n' : '\n');
  }
}

/** Files in memory that are opened, edited and saved as VS Code does; `install` makes them those of the stub, until what it returns is called. */
export class FakeFiles {
  readonly disk = new Map<string, string>();
  readonly documents = new Map<string, OpenFile>();
  /** Paths open in a tab, those that no edit may change, and those that cannot be written. */
  readonly tabs = new Set<string>();
  readonly readOnly = new Set<string>();
  readonly unsaveable = new Set<string>();

  install(): () => void {
    const isInTab = (is: (tab: object) => boolean) => [...this.tabs].some((path) => is({ input: new FakeTabInputText(new FakeUri(path)) }));
    const parts = [
      replaced(vscode, { Uri: FakeUri, Range: FakeRange, WorkspaceEdit: FakeWorkspaceEdit, TabInputText: FakeTabInputText, EndOfLine: { LF: 1, CRLF: 2 } }),
      replaced(vscode.workspace, { openTextDocument: (uri: FakeUri) => this.open(uri.path), applyEdit: (edit: FakeWorkspaceEdit) => Promise.resolve(this.apply(edit)), asRelativePath: ({ path }: FakeUri) => path }),
      replaced(vscode.window, { tabGroups: { all: [{ tabs: { some: isInTab } }] } }),
    ];
    return () => parts.forEach((restore) => restore());
  }

  open(path: string): Promise<OpenFile> {
    const known = this.documents.get(path);
    const text = this.disk.get(path);
    if (known) return Promise.resolve(known);
    if (text === undefined) return Promise.reject(new Error(`cannot open ${path}`));
    const opened = new OpenFile(this, new FakeUri(path), text);
    opened.isDirty = false;
    this.documents.set(path, opened);
    return Promise.resolve(opened);
  }

  /** Replacements have their places in the text as it was before all of them, and of two at one place the first is written first. */
  private apply({ edits }: FakeWorkspaceEdit): boolean {
    const replacements = edits.filter(({ kind }) => kind === 'replace').reverse().sort((a, b) => b.range!.start - a.range!.start);
    return [...edits.filter(({ kind }) => kind !== 'replace'), ...replacements].every(({ kind, uri: { path }, range, text = '', to, options = {} }) => {
      if (this.readOnly.has(path)) return false;
      switch (kind) {
        case 'replace': {
          const document = this.documents.get(path)!;
          document.type(document.getText().slice(0, range!.start) + text + document.getText().slice(range!.end));
          return true;
        }
        case 'create':
          if (this.disk.has(path) && !options.overwrite) return options.ignoreIfExists ?? false;
          this.disk.set(path, (options.contents ?? Buffer.alloc(0)).toString());
          return true;
        case 'rename':
          if (!this.disk.has(path) || (this.disk.has(to!.path) && !options.overwrite)) return false;
          this.disk.set(to!.path, this.disk.get(path)!);
          break;
        case 'delete':
          if (!this.disk.has(path)) return options.ignoreIfNotExists ?? false;
      }
      this.documents.delete(path);
      return this.disk.delete(path);
    });
  }
}

import { dirname } from 'node:path';
import { Disposable, EventEmitter, workspace, type LogOutputChannel, type TextDocument } from 'vscode';
import { diskContext, type DiskContext } from '../freshness';
import { listModels } from '../models';
import type { PromptDocument } from '../prompt';
import { toDiskPath } from './disk-path';
import type { PromptFiles } from './prompt-files';

/** A parsed file and what its names mean on this disk. */
export interface FoundContext {
  prompt: PromptDocument;
  context: DiskContext;
  /** The workspace folder that holds the file; a loose file's own folder. */
  root: string;
}

/** What wildcards, models, adapters and pictures a prompt file names, gathered once per version and again when they change. */
export class DiskContexts implements Disposable {
  private readonly gathered = new WeakMap<TextDocument, { version: number; found: Promise<FoundContext | undefined> }>();
  private readonly changed = new EventEmitter<TextDocument>();
  /** Something a file names has changed on disk. */
  readonly onDidChange = this.changed.event;
  private readonly subscriptions: Disposable;

  constructor(
    private readonly files: PromptFiles,
    private readonly log: LogOutputChannel,
  ) {
    const named = workspace.createFileSystemWatcher('**/{wildcards/**/*.txt,model_index.json,adapters/*.safetensors}');
    const forget = () => {
      for (const document of files.open()) {
        this.gathered.delete(document);
        this.changed.fire(document);
      }
    };
    this.subscriptions = Disposable.from(this.changed, named, named.onDidChange(forget), named.onDidCreate(forget), named.onDidDelete(forget));
  }

  /** `undefined` for a document that is not on this machine's disk, or holds no prompts. */
  get(document: TextDocument): Promise<FoundContext | undefined> {
    const known = this.gathered.get(document);
    if (known?.version === document.version) return known.found;
    const found = this.gather(document);
    this.gathered.set(document, { version: document.version, found });
    // A failure is told to who asked, and tried again by who asks next; another version may have been asked for meanwhile.
    found.catch(() => this.gathered.get(document)?.found === found && this.gathered.delete(document));
    return found;
  }

  dispose(): void {
    this.subscriptions.dispose();
  }

  /** Names a `model:` may have. */
  async models(): Promise<string[]> {
    return (await listModels()).map(({ id }) => id);
  }

  private async gather(document: TextDocument): Promise<FoundContext | undefined> {
    const prompt = this.files.parse(document);
    const file = toDiskPath(document.uri);
    if (!prompt || file === undefined) return undefined;
    const folder = workspace.getWorkspaceFolder(document.uri)?.uri;
    const root = (folder && toDiskPath(folder)) ?? dirname(file);
    const started = performance.now();
    const context = await diskContext({ root, file, prompt });
    this.log.debug(`${document.fileName}: names looked up in ${(performance.now() - started).toFixed(0)} ms`);
    return { prompt, context, root };
  }
}

import { basename } from 'node:path';
import type { Position} from 'vscode';
import { Disposable, EventEmitter, workspace, type TextDocument } from 'vscode';
import { parse, type Block, type PromptDocument } from '../prompt';
import { BlockIdentities } from './block-identity';
import { promptLanguage } from './prompt-language';

/** How long typing must pause before anything slower than lenses looks at a file, in milliseconds. */
const PAUSE = 250;

/**
 * The prompt files open in the editor, parsed once per version: lenses, running, hovers, thumbnails and diagnostics all
 * ask here, so all agree what a block is.
 */
export class PromptFiles implements Disposable {
  readonly identities = new BlockIdentities();
  private readonly parsed = new WeakMap<TextDocument, { version: number; prompt: PromptDocument }>();
  private readonly timers = new Map<TextDocument, NodeJS.Timeout>();
  private readonly settled = new EventEmitter<TextDocument>();
  private readonly closed = new EventEmitter<TextDocument>();
  /** A prompt file was opened, or its typing paused; also when the typing made it none. */
  readonly onDidSettle = this.settled.event;
  readonly onDidClose = this.closed.event;
  private readonly subscriptions: Disposable;

  constructor() {
    this.subscriptions = Disposable.from(
      this.settled,
      this.closed,
      workspace.onDidOpenTextDocument((document) => this.settle(document, 0)),
      workspace.onDidChangeTextDocument(({ document }) => this.settle(document, PAUSE)),
      workspace.onDidCloseTextDocument((document) => {
        this.forget(document);
        this.closed.fire(document);
      }),
    );
  }

  /** The document as prompts; `undefined` when it holds none of ours. */
  parse(document: TextDocument): PromptDocument | undefined {
    const language = promptLanguage(document);
    if (!language) return undefined;
    const known = this.parsed.get(document);
    if (known?.version === document.version) return known.prompt;
    const prompt = parse(document.getText(), { fileName: basename(document.uri.path), language });
    this.parsed.set(document, { version: document.version, prompt });
    this.identities.follow(document, prompt.blocks);
    return prompt;
  }

  /** The block at a position: the one that holds it, else the last that starts before it, else the first. */
  blockAt(document: TextDocument, position: Position): Block | undefined {
    const blocks = this.parse(document)?.blocks ?? [];
    const offset = document.offsetAt(position);
    return blocks.findLast(({ span }) => span.start <= offset) ?? blocks[0];
  }

  /** Open prompt files, those of `workspace.textDocuments` that are ours. */
  open(): TextDocument[] {
    return workspace.textDocuments.filter((document) => promptLanguage(document) !== undefined);
  }

  dispose(): void {
    for (const document of this.timers.keys()) this.forget(document);
    this.subscriptions.dispose();
  }

  private settle(document: TextDocument, delay: number): void {
    // Markdown whose last fence has gone settles once more, so that nothing stays of what was shown of it.
    if (!promptLanguage(document) && !this.parsed.delete(document)) return;
    this.forget(document);
    this.timers.set(document, setTimeout(() => {
      this.timers.delete(document);
      this.settled.fire(document);
    }, delay));
  }

  private forget(document: TextDocument): void {
    clearTimeout(this.timers.get(document));
    this.timers.delete(document);
  }
}

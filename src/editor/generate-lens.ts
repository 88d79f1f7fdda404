import type { Disposable} from 'vscode';
import { CodeLens, EventEmitter, Range, l10n, languages, workspace, type CodeLensProvider, type ExtensionContext, type TextDocument } from 'vscode';
import { toDiskPath } from './disk-path';
import type { Jobs } from './jobs';
import { lensTitles } from './lens-titles';
import { paced } from './paced';
import type { PictureStates } from './picture-states';
import { progressLabel } from './progress-label';
import type { PromptFiles } from './prompt-files';
import { setting } from './settings';

/** Milliseconds. Longer than the quiet that VS Code waits for (it grows with how long lenses took: 700 was too short while both cores draw). */
const REFRESH_GAP = 1500;

/** Generate, Generate 4 and the picture's state, above every block. Synchronous on text: states come later, by refresh. */
export class GenerateLens implements CodeLensProvider, Disposable {
  private readonly changed = new EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.changed.event;

  constructor(
    private readonly files: PromptFiles,
    private readonly states: PictureStates,
    private readonly jobs: Jobs,
  ) {}

  register(context: ExtensionContext): void {
    const refresh = paced(() => this.changed.fire(), REFRESH_GAP);
    context.subscriptions.push(
      this,
      refresh,
      languages.registerCodeLensProvider([{ language: 't2i' }, { language: 'markdown' }], this),
      this.states.onDidChange(refresh),
      this.jobs.onDidChange(refresh),
      workspace.onDidChangeConfiguration((event) => event.affectsConfiguration('easel.codeLens') && refresh()),
      workspace.onDidGrantWorkspaceTrust(refresh),
    );
  }

  provideCodeLenses(document: TextDocument): CodeLens[] {
    // Without a disk there is nowhere to put a picture, and nothing to offer.
    if (!setting('codeLens.enabled') || (toDiskPath(document.uri) === undefined && !document.isUntitled)) return [];
    const prompt = this.files.parse(document);
    return (prompt?.blocks ?? []).flatMap((block) => {
      const start = document.positionAt((block.headingSpan ?? block.span).start);
      const status = this.states.get(document, block);
      const job = this.jobs.of(document, block);
      const titles = lensTitles(
        {
          state: status?.state ?? 'checking',
          modelVerified: status?.modelVerified ?? true,
          reasons: status?.reasons ?? [],
          job: job ? { label: progressLabel(job), cancelling: job.cancelling } : null,
        },
        l10n.t,
      );
      return titles.map(
        ({ command, title, tooltip }) =>
          new CodeLens(new Range(start, start), { command: `easel.${command}`, title, tooltip, arguments: [document.uri, block.index] }),
      );
    });
  }

  dispose(): void {
    this.changed.dispose();
  }
}

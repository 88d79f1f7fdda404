import type { Disposable} from 'vscode';
import { CodeAction, CodeActionKind, Diagnostic, DiagnosticSeverity, DiagnosticTag, Range, WorkspaceEdit, languages, type ExtensionContext, type LogOutputChannel, type TextDocument } from 'vscode';
import { expand, type Diagnostic as PromptDiagnostic, type Fix } from '../prompt';
import type { Adapters } from './adapters';
import type { DiskContexts } from './disk-contexts';
import type { ModelLint } from './model-lint';
import type { PromptFiles } from './prompt-files';

const SEVERITIES: Record<PromptDiagnostic['severity'], DiagnosticSeverity> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

/** Blocks expanded for their diagnostics; a larger file is checked by `easel check`, not while typing. */
const EXPANDED_AT_MOST = 200;

/** What is wrong with a prompt file, in Problems: the language's own remarks at once, those that need the disk or a model after them. */
export class PromptDiagnostics implements Disposable {
  private readonly collection = languages.createDiagnosticCollection('easel');
  private readonly fixes = new WeakMap<Diagnostic, Fix>();

  constructor(
    private readonly files: PromptFiles,
    private readonly contexts: DiskContexts,
    private readonly lint: ModelLint,
    private readonly adapters: Adapters,
    private readonly log: LogOutputChannel,
  ) {}

  register(context: ExtensionContext): void {
    const check = (document: TextDocument) => void this.check(document).catch((error: unknown) => this.log.warn(`checking ${document.fileName}: ${String(error)}`));
    context.subscriptions.push(
      this,
      this.files.onDidSettle(check),
      this.contexts.onDidChange(check),
      this.files.onDidClose((document) => this.collection.delete(document.uri)),
      languages.registerCodeActionsProvider(
        [{ language: 't2i' }, { language: 'markdown' }],
        { provideCodeActions: (document, _range, { diagnostics }) => diagnostics.flatMap((diagnostic) => this.quickFix(document, diagnostic)) },
        { providedCodeActionKinds: [CodeActionKind.QuickFix] },
      ),
    );
    this.files.open().forEach(check);
  }

  dispose(): void {
    this.collection.dispose();
  }

  private async check(document: TextDocument): Promise<void> {
    const { version } = document;
    const prompt = this.files.parse(document);
    // A Markdown file whose last fence went away keeps no remarks.
    if (!prompt) return this.collection.delete(document.uri);
    this.collection.set(document.uri, prompt.diagnostics.map((diagnostic) => this.toEditor(document, diagnostic)));
    const found = await this.contexts.get(document);
    if (!found || document.version !== version) return;
    const expanded = found.prompt.blocks.slice(0, EXPANDED_AT_MOST).map((block) => ({ block, ...expand(found.prompt, block, found.context) }));
    const later = [...expanded.flatMap(({ diagnostics }) => diagnostics), ...(await this.lint.check(found, expanded)), ...(await this.adapters.check(found))];
    if (document.version !== version || document.isClosed) return;
    this.collection.set(document.uri, unique([...prompt.diagnostics, ...later]).map((diagnostic) => this.toEditor(document, diagnostic)));
  }

  private toEditor(document: TextDocument, { span, severity, message, code, fix }: PromptDiagnostic): Diagnostic {
    const diagnostic = new Diagnostic(new Range(document.positionAt(span.start), document.positionAt(span.end)), message, SEVERITIES[severity]);
    diagnostic.source = 'easel';
    diagnostic.code = code;
    if (severity === 'hint' && code === 'unused') diagnostic.tags = [DiagnosticTag.Unnecessary];
    if (fix) this.fixes.set(diagnostic, fix);
    return diagnostic;
  }

  /** Diagnostics come back from the editor as copies, so a fix is found by code, message and place: two models may each say something of one word. */
  private quickFix(document: TextDocument, { range, code, message }: Diagnostic): CodeAction[] {
    return (this.collection.get(document.uri) ?? []).filter((known) => known.code === code && known.message === message && known.range.isEqual(range)).flatMap((known) => {
      const fix = this.fixes.get(known);
      if (!fix) return [];
      const action = new CodeAction(fix.title, CodeActionKind.QuickFix);
      action.diagnostics = [known];
      action.edit = new WorkspaceEdit();
      action.edit.replace(document.uri, new Range(document.positionAt(fix.span.start), document.positionAt(fix.span.end)), fix.newText);
      return [action];
    });
  }
}

function unique(diagnostics: readonly PromptDiagnostic[]): PromptDiagnostic[] {
  return [...new Map(diagnostics.map((diagnostic) => [JSON.stringify([diagnostic.code, diagnostic.span, diagnostic.message]), diagnostic])).values()];
}


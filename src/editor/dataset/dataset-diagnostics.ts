import { CodeAction, CodeActionKind, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, Range, languages, type Disposable, type ExtensionContext, type TextDocument, Uri } from 'vscode';
import type { Lint, Place } from '../../dataset';
import { isAsRead, workspaceEditOf } from './file-edits';
import type { LiveDataset } from './live-dataset';
import type { LiveDatasets } from './live-datasets';

const SEVERITIES: Record<Lint['severity'], DiagnosticSeverity> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};
/** Remarks of one dataset that Problems shows; all of them are in its panel. */
const SHOWN_AT_MOST = 2_000;

/** What there is to say of the datasets in use, in Problems, with quick fixes. Pictures are marked as files. */
export class DatasetDiagnostics implements Disposable {
  private readonly collection = languages.createDiagnosticCollection('easel-dataset');
  private readonly marked = new Map<LiveDataset, Uri[]>();

  constructor(private readonly datasets: LiveDatasets) {}

  register(context: ExtensionContext): void {
    context.subscriptions.push(
      this,
      this.datasets.onDidChange((live) => this.show(live)),
      this.datasets.onDidLeave((live) => this.clear(live)),
      languages.registerCodeActionsProvider(
        [{ scheme: 'file', pattern: '**/*.{txt,caption}' }, { scheme: 'file', pattern: '**/metadata.jsonl' }],
        { provideCodeActions: async (document, range) => this.quickFixes(document, range) },
        { providedCodeActionKinds: [CodeActionKind.QuickFix] },
      ),
    );
  }

  dispose(): void {
    this.collection.dispose();
  }

  private show(live: LiveDataset): void {
    const files = new Map<string, Diagnostic[]>();
    const pictures = new Set(live.dataset?.entries.map(({ picture }) => picture));
    for (const lint of live.lints.slice(0, SHOWN_AT_MOST)) {
      const { file } = lint.where;
      const diagnostic = new Diagnostic(rangeOf(lint.where), lint.message, SEVERITIES[lint.severity]);
      diagnostic.source = 'easel';
      diagnostic.code = pictures.has(file) ? { value: lint.code, target: inPanel(live, file) } : lint.code;
      diagnostic.relatedInformation = lint.related?.map((place) => new DiagnosticRelatedInformation(new Location(live.uriOf(place.file), rangeOf(place)), place.file));
      files.set(file, [...(files.get(file) ?? []), diagnostic]);
    }
    const uris = [...files.keys()].map((file) => live.uriOf(file));
    const isMarked = new Set(uris.map(String));
    const gone = (this.marked.get(live) ?? []).filter((uri) => !isMarked.has(uri.toString()));
    for (const [file, diagnostics] of files) this.collection.set(live.uriOf(file), diagnostics);
    this.marked.set(live, uris);
    this.unmark(gone, live);
  }

  private clear(live: LiveDataset): void {
    const gone = this.marked.get(live) ?? [];
    this.marked.delete(live);
    this.unmark(gone, live);
  }

  private unmark(uris: readonly Uri[], live: LiveDataset): void {
    if (uris.length === 0) return;
    for (const uri of uris) this.collection.delete(uri);
    // Another dataset in use may hold some of the same files.
    for (const other of [...this.marked.keys()]) if (other !== live) this.show(other);
  }

  private async quickFixes(document: TextDocument, range: Range): Promise<CodeAction[]> {
    const live = this.datasets.holding(document.uri);
    const file = live?.fileOf(document.uri);
    if (!live || file === undefined) return [];
    const fixable = live.lints.filter(({ where, fix }) => fix && fix.edits.length > 0 && where.file === file && rangeOf(where).intersection(range));
    const edits = fixable.flatMap(({ fix }) => fix?.edits ?? []);
    if (!(await isAsRead(live, edits, live.linted))) return [];
    return Promise.all(fixable.map(async ({ where, code, fix }) => {
      const action = new CodeAction(fix?.title ?? code, CodeActionKind.QuickFix);
      action.diagnostics = (this.collection.get(document.uri) ?? []).filter((known) => known.code === code && known.range.isEqual(rangeOf(where)));
      action.edit = await workspaceEditOf(live, fix?.edits ?? []);
      action.isPreferred = code === 'likely-typo';
      return action;
    }));
  }
}

/** Problems offers quick fixes for texts only; at a picture the code is a link to it in the panel, where its fix is a button. */
function inPanel(live: LiveDataset, picture: string): Uri {
  return Uri.parse(`command:easel.openDataset?${encodeURIComponent(JSON.stringify([Uri.file(live.folder).toString(), picture]))}`);
}

function rangeOf({ range }: Place): Range {
  return range ? new Range(range.from.line, range.from.character, range.to.line, range.to.character) : new Range(0, 0, 0, 0);
}

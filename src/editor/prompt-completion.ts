import type { Position} from 'vscode';
import { CompletionItem, CompletionItemKind, Range, languages, type ExtensionContext, type TextDocument } from 'vscode';
import { SETTINGS } from '../prompt';
import type { Adapters } from './adapters';
import { completionsAt, type Completion, type Place } from './completions-at';
import type { DiskContexts } from './disk-contexts';
import type { ModelLint } from './model-lint';
import type { PromptFiles } from './prompt-files';

const KINDS: Record<Completion['kind'], CompletionItemKind> = {
  key: CompletionItemKind.Property,
  value: CompletionItemKind.EnumMember,
  model: CompletionItemKind.Module,
  wildcard: CompletionItemKind.Variable,
  adapter: CompletionItemKind.Reference,
  word: CompletionItemKind.Text,
  emoji: CompletionItemKind.Text,
};
/** An icon's name comes before an emoji's, and what is no word before both. */
const ORDER: Partial<Record<Completion['kind'], string>> = { word: 'b', emoji: 'c' };
const KEYS = SETTINGS.map(({ key, values }) => ({ key, values }));

/** Keys, samplers, models, wildcards, adapters and the words and emoji a model knows. */
export function registerCompletion(context: ExtensionContext, files: PromptFiles, contexts: DiskContexts, lint: ModelLint, adapters: Adapters): void {
  context.subscriptions.push(
    languages.registerCompletionItemProvider(
      [{ language: 't2i' }, { language: 'markdown' }],
      {
        async provideCompletionItems(document, position, token) {
          const place = placeOf(files, document, position);
          if (place === 'none') return undefined;
          const found = await contexts.get(document);
          const [models, wildcards, concepts, emoji, named] = found ? await Promise.all([contexts.models(), found.context.wildcardNames, lint.concepts(found), lint.emoji(found), adapters.offered(found.context)]) : [[], [], [], [], []];
          if (token.isCancellationRequested) return undefined;
          const line = document.lineAt(position.line).text;
          const [before, after] = [line.slice(0, position.character), line.slice(position.character)];
          return completionsAt(before, place, { models, wildcards, adapters: named, concepts, emoji, keys: KEYS }, after).map(({ label, insert, description, detail, kind, from }) => {
            const item = new CompletionItem(description === undefined ? label : { label, description }, KINDS[kind]);
            item.insertText = insert;
            item.detail = detail;
            item.range = new Range(position.line, from, position.line, position.character);
            // What is typed may begin with the bracket, which is no part of a word.
            if (kind === 'adapter') item.filterText = insert;
            item.sortText = `${ORDER[kind] ?? 'a'}${label}`;
            if (kind === 'key') item.command = { command: 'editor.action.triggerSuggest', title: '' };
            return item;
          });
        },
      },
      '_',
      '<',
      ':',
      ' ',
    ),
  );
}

/** What kind of line the cursor is in, as the parser read it. */
function placeOf(files: PromptFiles, document: TextDocument, position: Position): Place {
  const prompt = files.parse(document);
  const offset = document.offsetAt(position);
  const line = prompt?.lines.findLast(({ span }) => span.start <= offset);
  switch (line?.kind) {
    case 'front-matter':
      return 'front-matter';
    case 'blank':
    case 'prompt':
    case 'negative':
    case 'parameters':
      return 'block';
    default:
      return 'none';
  }
}

import type { TextDocument } from 'vscode';

/** Which of the two languages a document holds prompts in; Markdown without a `t2i` fence holds none. */
export function promptLanguage(document: TextDocument): 't2i' | 'markdown' | undefined {
  if (document.uri.scheme === 'git' || document.uri.scheme === 'vscode-scm') return undefined;
  if (document.languageId === 't2i') return 't2i';
  if (document.languageId === 'markdown' && /^[ \t]*(`{3,}|~{3,})[ \t]*t2i\b/m.test(document.getText())) return 'markdown';
  return undefined;
}

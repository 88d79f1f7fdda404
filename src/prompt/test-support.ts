/** What the tests of this room share: a context without a disk, and trees without their places. */
import type { PromptDocument } from './document';
import type { ExpandContext } from './expand';
import { parse } from './parse';

export const parseT2i = (text: string, fileName = 'icons.t2i') => parse(text, { fileName, language: 't2i' });
export const parseMarkdown = (text: string, fileName = 'notes.md') => parse(text, { fileName, language: 'markdown' });

/** A tree as `print` must keep it: everything but where it stood and what was remarked on it. */
export function content(document: PromptDocument): unknown {
  const { lines, blocks, fileName, language, frontMatter } = document;
  return JSON.parse(
    JSON.stringify({ lines, blocks, fileName, language, frontMatter }, (key, value: unknown) =>
      /^(?:span|.*Span|offsets|valueSpans|start|end)$/.test(key) ? undefined : value,
    ),
  );
}

/** A context in which nothing exists but what is given. */
export function contextWith(more: Partial<ExpandContext> & { files?: Record<string, readonly string[]> } = {}): ExpandContext {
  const { files = {}, ...rest } = more;
  return {
    root: '/project',
    directory: '/project/art',
    fileStem: 'icons',
    wildcards: (name) => (Object.hasOwn(files, name) ? files[name] : undefined),
    model: (name) => (name === 'missing' ? undefined : { reference: { id: name, path: `/models/${name}` }, defaults: { width: 64, height: 64, steps: 20, guidanceScale: 3 } }),
    adapter: () => undefined,
    picture: () => undefined,
    seed: () => '1234',
    ...rest,
  };
}

export const codes = (diagnostics: readonly { code: string }[]) => diagnostics.map(({ code }) => code);

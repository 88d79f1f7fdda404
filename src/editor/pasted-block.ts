/** How a block is written into a file, as text. Pure. */

const NAME = 'pasted';

/**
 * What is to be inserted behind `before` so that `text` is a block of its own: without a heading it would be read as more of the
 * block above. The first block of a file needs none; in Markdown it needs a fence.
 */
export function pastedBlock(before: string, text: string, { names, isMarkdown }: { names: readonly string[]; isMarkdown: boolean }): string {
  const gap = before === '' || before.endsWith('\n\n') ? '' : before.endsWith('\n') ? '\n' : '\n\n';
  if (names.length > 0) return `${gap}# ${freeName(names)}\n${text}\n`;
  return isMarkdown ? `${gap}\`\`\`t2i\n${text}\`\`\`\n` : `${gap}${text}\n`;
}

/** Pictures are named after blocks, and names that differ in case alone are one file to some systems. */
function freeName(names: readonly string[]): string {
  const taken = new Set(names.map((name) => name.toLowerCase()));
  for (let number = 1; ; number++) {
    const name = number === 1 ? NAME : `${NAME}-${number}`;
    if (!taken.has(name)) return name;
  }
}

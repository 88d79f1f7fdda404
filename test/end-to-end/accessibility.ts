/** What axe-core says of a webview page inside the editor, where the theme's colours are. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Frame } from 'playwright-core';

const AXE = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');

/** Each theme with the short name of its screenshots and the class that VS Code gives the page's body. */
export const THEMES = [
  { theme: 'Default Dark Modern', name: 'dark', kind: 'vscode-dark' },
  { theme: 'Default High Contrast', name: 'high-contrast', kind: 'vscode-high-contrast' },
  { theme: 'Default High Contrast Light', name: 'high-contrast-light', kind: 'vscode-high-contrast-light' },
  { theme: 'Default Light Modern', name: 'light', kind: 'vscode-light' },
] as const;

/** One line for each rule that the page breaks, with the elements that break it. */
export async function violationsIn(frame: Frame): Promise<string[]> {
  await frame.evaluate(AXE);
  return frame.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }> } };
    return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ''}`).join('; ')}`);
  });
}

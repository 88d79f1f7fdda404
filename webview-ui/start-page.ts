/** The start of a page, and the only place that talks to VS Code: the elements take properties and send events. */
import type { z } from 'zod';
import { parseMessage } from '../src/messages';

declare function acquireVsCodeApi(): { postMessage(message: unknown): void; setState(state: unknown): void };

type RequestEvent = 'dataset-request' | 'panel-request' | 'run-request';

/**
 * Shows the page's element, hands on what it asks for and, checked, what the editor says. The editor answers `ready` with
 * everything there is to show.
 * @param take is also given what keeps a state for VS Code to restore the page by
 */
export function startPage<Schema extends z.ZodType>(root: HTMLElement, requests: RequestEvent, said: Schema, take: (message: z.output<Schema>, keep: (memory: unknown) => void) => void): void {
  const editor = acquireVsCodeApi();
  root.addEventListener(requests, (event) => editor.postMessage(event.detail));
  document.body.append(root);
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    const message = parseMessage(said, event.data);
    if (message !== undefined) take(message, (memory) => editor.setState(memory));
  });
  editor.postMessage({ type: 'ready' });
}

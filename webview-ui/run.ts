/**
 * The page of a training run. It shows what the editor tells it (`RunState`, sent whole) and asks for what its buttons
 * offer; it keeps only which run it shows, for VS Code to restore it. Only this file talks to VS Code.
 */
import { HostToRun, parseMessage, type RunToHost } from '../src/messages';
import { RunRoot } from './run-root/run-root';

declare function acquireVsCodeApi(): { postMessage(message: RunToHost): void; setState(state: unknown): void };

const editor = acquireVsCodeApi();
const root = new RunRoot();
root.addEventListener('run-request', (event) => editor.postMessage(event.detail));
document.body.append(root);

window.addEventListener('message', (event: MessageEvent<unknown>) => {
  const message = parseMessage(HostToRun, event.data);
  if (!message) return;
  switch (message.type) {
    case 'labels':
      root.labels = message.labels;
      break;
    case 'state':
      root.state = message.state;
      editor.setState(message.state.memory);
      break;
  }
});
editor.postMessage({ type: 'ready' });

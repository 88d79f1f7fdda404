/**
 * The dataset panel's page. The editor tells it what is around the grid and, window by window, what is on the screen; it
 * keeps no more of a dataset than that. Only this file talks to VS Code: the elements take properties and send events.
 */
import { HostToDataset, parseMessage, type DatasetToHost } from '../src/messages';
import { DatasetRoot } from './dataset-root/dataset-root';

declare function acquireVsCodeApi(): { postMessage(message: DatasetToHost): void; setState(state: unknown): void };

const editor = acquireVsCodeApi();
const root = new DatasetRoot();
root.addEventListener('dataset-request', (event) => editor.postMessage(event.detail));
document.body.append(root);

window.addEventListener('message', (event: MessageEvent<unknown>) => {
  const message = parseMessage(HostToDataset, event.data);
  if (!message) return;
  switch (message.type) {
    case 'labels':
      root.labels = message.labels;
      break;
    case 'state':
      root.state = message.state;
      editor.setState(message.state.memory);
      break;
    case 'window':
      root.cells = message;
      break;
    case 'thumbnail':
      root.takeThumbnail(message.id, message.picture);
      break;
  }
});
editor.postMessage({ type: 'ready' });

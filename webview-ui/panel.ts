/**
 * The picture panel's page. It shows what the editor tells it (`PanelState`, sent whole) and asks for what its buttons
 * offer; it keeps no state of its own but the last file and block, for VS Code to restore it. Only this file talks to
 * VS Code: the elements take properties and send events.
 */
import { HostToPanel, parseMessage, type PanelToHost } from '../src/messages';
import { PanelRoot } from './panel-root/panel-root';

declare function acquireVsCodeApi(): { postMessage(message: PanelToHost): void; setState(state: unknown): void };

const editor = acquireVsCodeApi();
const root = new PanelRoot();
root.addEventListener('panel-request', (event) => editor.postMessage(event.detail));
document.body.append(root);

let preview: string | null = null;
/** The last preview's memory is given back as soon as a newer one, or the picture itself, has taken its place. */
function showPreview(url: string | null): void {
  if (preview !== null) URL.revokeObjectURL(preview);
  root.preview = preview = url;
}

window.addEventListener('message', (event: MessageEvent<unknown>) => {
  const message = parseMessage(HostToPanel, event.data);
  if (!message) return;
  switch (message.type) {
    case 'labels':
      root.labels = message.labels;
      break;
    case 'state':
      root.state = message.state;
      if (message.state.job === null) showPreview(null);
      editor.setState(message.state.memory);
      break;
    case 'preview':
      if (root.state?.job) showPreview(URL.createObjectURL(new Blob([Uint8Array.from(message.data)], { type: message.mimeType })));
      break;
  }
});
editor.postMessage({ type: 'ready' });

/**
 * The picture panel's page. It shows what the editor tells it (`PanelState`, sent whole) and asks for what its buttons
 * offer; it keeps no state of its own but the last file and block, for VS Code to restore it.
 */
import { HostToPanel } from '../src/messages';
import { PanelRoot } from './panel-root/panel-root';
import { startPage } from './start-page';

const root = new PanelRoot();
let preview: string | null = null;
/** The last preview's memory is given back as soon as a newer one, or the picture itself, has taken its place. */
function showPreview(url: string | null): void {
  if (preview !== null) URL.revokeObjectURL(preview);
  root.preview = preview = url;
}

startPage(root, 'panel-request', HostToPanel, (message, keep) => {
  switch (message.type) {
    case 'labels':
      root.labels = message.labels;
      break;
    case 'state':
      root.state = message.state;
      if (message.state.job === null) showPreview(null);
      keep(message.state.memory);
      break;
    case 'preview':
      if (root.state?.job) showPreview(URL.createObjectURL(new Blob([Uint8Array.from(message.data)], { type: message.mimeType })));
      break;
  }
});

/**
 * The dataset panel's page. The editor tells it what is around the grid and, window by window, what is on the screen; it
 * keeps no more of a dataset than that.
 */
import { HostToDataset } from '../src/messages';
import { DatasetRoot } from './dataset-root/dataset-root';
import { startPage } from './start-page';

const root = new DatasetRoot();
startPage(root, 'dataset-request', HostToDataset, (message, keep) => {
  switch (message.type) {
    case 'labels':
      root.labels = message.labels;
      break;
    case 'state':
      root.state = message.state;
      keep(message.state.memory);
      break;
    case 'window':
      root.cells = message;
      break;
    case 'thumbnail':
      root.takeThumbnail(message.id, message.picture);
      break;
  }
});

/**
 * The page of a training run. It shows what the editor tells it (`RunState`, sent whole) and asks for what its buttons
 * offer; it keeps only which run it shows, for VS Code to restore it.
 */
import { HostToRun } from '../src/messages';
import { RunRoot } from './run-root/run-root';
import { startPage } from './start-page';

const root = new RunRoot();
startPage(root, 'run-request', HostToRun, (message, keep) => {
  switch (message.type) {
    case 'labels':
      root.labels = message.labels;
      break;
    case 'state':
      root.state = message.state;
      keep(message.state.memory);
      break;
  }
});

/**
 * Captioned folders in the editor: a panel of pictures with captions to edit, lenses and pictures in caption files, and
 * remarks in Problems. Loaded with the first caption file or command that needs it. It decodes nothing: what must look at
 * pixels is a helper process, and in Restricted Mode there is none.
 */
import type { ExtensionContext, LogOutputChannel } from 'vscode';
import type { Thumbnails } from '../thumbnails';
import { CaptionFiles } from './caption-files';
import { registerCaptionLens } from './caption-lens';
import { DatasetDiagnostics } from './dataset-diagnostics';
import { DatasetPanels } from './dataset-panels';
import { LiveDatasets } from './live-datasets';

export { chooseDataset } from './choose-dataset';

export interface Datasets {
  readonly datasets: LiveDatasets;
  readonly panels: DatasetPanels;
}

/** Makes the parts and registers what they contribute. `helperPath` is `dist/picture-info-child.cjs`. */
export function startDatasets(context: ExtensionContext, { helperPath, thumbnails, log }: { helperPath: string; thumbnails: Thumbnails; log: LogOutputChannel }): Datasets {
  const datasets = new LiveDatasets(helperPath, context.workspaceState, log);
  const panels = new DatasetPanels({ extensionUri: context.extensionUri, datasets, thumbnails, log });
  const files = new CaptionFiles(datasets);
  context.subscriptions.push(panels, files, datasets);
  new DatasetDiagnostics(datasets).register(context);
  registerCaptionLens(context, files, thumbnails);
  return { datasets, panels };
}

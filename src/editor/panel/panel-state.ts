import { basename } from 'node:path';
import { Uri, l10n, workspace, type TextDocument, type Webview } from 'vscode';
import type { PanelJob, PanelPicture, PanelState } from '../../messages';
import type { Block } from '../../prompt';
import type { BlockIdentity } from '../block-identity';
import type { Job } from '../jobs';
import { stateWord } from '../lens-titles';
import type { BlockStatus, ShownPicture } from '../picture-states';
import { progressLabel } from '../progress-label';
import { panelError } from './panel-error';

/** Longest `alt`, in characters: enough to know the picture, short enough to listen to. */
const ALT_LENGTH = 160;

/** Everything the page needs to show one block. Pictures get ids that only mean something to `pictures` and `candidates`. */
export function panelState(
  webview: Webview,
  { document, block, identity, status, job, failure, candidates, announcement }: {
    document: TextDocument;
    block: Block;
    identity: BlockIdentity;
    status: BlockStatus | undefined;
    job: Job | undefined;
    failure: Error | undefined;
    candidates: readonly ShownPicture[];
    announcement: string;
  },
): PanelState {
  const alt = shorten(block.prompt) || block.name;
  const shown = (kind: string) => (picture: ShownPicture, index: number): PanelPicture => ({
    id: `${kind}-${index}`,
    uri: webview.asWebviewUri(Uri.file(picture.path)).with({ query: `version=${picture.version}` }).toString(),
    alt,
    caption: kind === 'candidate' ? l10n.t('seed {0}', picture.seed ?? '?') : basename(picture.path),
    infotext: picture.infotext,
  });
  return {
    memory: { uri: identity.uri, block: identity.name, nth: identity.nth },
    file: workspace.asRelativePath(document.uri, false),
    block: block.name,
    state: status?.state ?? 'checking',
    stateLabel: stateWord(status?.state ?? 'checking', status?.modelVerified ?? true, l10n.t),
    reasons: [...(status?.reasons ?? [])],
    pictures: (status?.pictures ?? []).map(shown('picture')),
    candidates: candidates.map(shown('candidate')),
    job: job ? panelJob(job) : null,
    error: failure && !job ? panelError(failure) : null,
    announcement,
  };
}

function panelJob(job: Job): PanelJob {
  const { progress } = job;
  return { label: progressLabel(job), step: progress?.step ?? 0, steps: progress?.steps ?? 0, cancelling: job.cancelling };
}

function shorten(prompt: string): string {
  const line = prompt.replace(/\s+/g, ' ').trim();
  if (line.length <= ALT_LENGTH) return line;
  return `${line.slice(0, ALT_LENGTH - 1).replace(/[\uD800-\uDBFF]$/, '')}…`; // no half of an emoji
}

import { readFile } from 'node:fs/promises';
import { Range, WorkspaceEdit, l10n, workspace, type TextDocument } from 'vscode';
import { readPictureMetadata } from '../image/metadata';
import { writePicture } from '../image/store';
import { expand, type Block } from '../prompt';
import type { DiskContexts } from './disk-contexts';
import type { PromptFiles } from './prompt-files';
import { requireTrust } from './trust';

/**
 * "Use this one": the candidate becomes the block's picture. What was there goes to the history, as always. A block with
 * a seed of its own gets the candidate's, or its picture would be stale at once.
 */
export async function useCandidate({ contexts, files }: { contexts: DiskContexts; files: PromptFiles }, document: TextDocument, asked: Block, candidate: string): Promise<void> {
  requireTrust();
  const png = await readFile(candidate);
  const seed = readPictureMetadata(png).easel?.request.seed;
  const found = await contexts.get(document);
  const identity = files.identities.of(document, asked);
  const block = found && files.identities.find(found.prompt.blocks, identity);
  const target = seed === undefined || !block ? undefined : expand(found.prompt, block, { ...found.context, overrides: { ...found.context.overrides, seed } }).requests[0];
  if (seed === undefined || !target) throw new Error(l10n.t('{0} cannot be used for this block any more. Generate 4 again.', candidate));
  await writePicture({ png, path: target.output.path, root: target.output.root });
  // Typing goes on while files are written: the seed goes where the block's stands now.
  const written = files.identities.find(files.parse(document)?.blocks, identity);
  if (written) await writeSeed(document, written, seed);
}

/** Puts the seed where the block says one; a block that leaves its seed open is left alone. */
async function writeSeed(document: TextDocument, block: Block, seed: string): Promise<void> {
  const own = block.settings.seed;
  const said = own === undefined ? block.frontMatter?.settings.seed : own;
  if (said === undefined || said === null || said === seed) return;
  const range = (start: number, end: number) => new Range(document.positionAt(start), document.positionAt(end));
  const edit = new WorkspaceEdit();
  const parameter = block.parameters.findLast(({ setting }) => setting === 'seed');
  if (parameter) edit.replace(document.uri, range(parameter.valueSpan.start, parameter.valueSpan.end), seed);
  else if (block.parametersSpan) edit.insert(document.uri, document.positionAt(block.parametersSpan.end), `, Seed: ${seed}`);
  else edit.insert(document.uri, document.positionAt((block.negativeSpan ?? block.promptSpan).end), `\nSeed: ${seed}`);
  await workspace.applyEdit(edit);
}

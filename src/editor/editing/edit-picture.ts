import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Uri, commands, l10n, window, workspace } from 'vscode';
import { EngineError } from '../../engine/engine';
import { readPictureMetadata, type PictureMetadata } from '../../image/metadata';
import { listAdapters, readModelFolder, resolveModel, type InstalledModel } from '../../models';
import { DEFAULT_MODEL, extractAdapters, GenerateRequest, makeEdit, parseInfotext, type AdapterReference, type EditRequest } from '../../prompt';
import { tell } from '../actions';
import { toDiskPath } from '../disk-path';
import type { EngineDoor } from '../engine-door';
import { phaseLabel } from '../progress-label';
import { requireTrust } from '../trust';
import { underNotification } from '../under-notification';
import { freeEditName } from './free-name';
import { whichPicture } from './which-picture';

const Size = GenerateRequest.pick({ width: true, height: true });

/** "Edit This Picture…": asks for the changed prompt, edits beside the picture into a new file, shows both side by side. */
export async function editPicture(given: unknown, { engine, atCursor }: { engine: EngineDoor; atCursor: () => readonly { readonly path: string }[] }): Promise<void> {
  try {
    requireTrust();
    const uri = await whichPicture(given, atCursor);
    if (!uri) return;
    const path = toDiskPath(uri);
    if (path === undefined) throw new EngineError('bad-request', l10n.t('{0} is not on this machine\'s disk. Save it into a folder first.', uri.toString()));
    const request = await ask(path, workspace.getWorkspaceFolder(uri)?.uri);
    if (!request) return;
    const edited = await run(request, engine);
    await commands.executeCommand('vscode.diff', uri, Uri.file(edited), `${basename(path)} ↔ ${basename(edited)}`);
  } catch (error) {
    await tell(error);
  }
}

/** The complete request, or nothing if the person gives up. */
async function ask(path: string, folder: Uri | undefined): Promise<EditRequest | undefined> {
  const metadata = readPictureMetadata(await readFile(path));
  const { width, height } = metadata;
  if (metadata.format === null || width === undefined || height === undefined) throw new EngineError('bad-request', l10n.t('{0} cannot be edited: {1}', basename(path), metadata.problem ?? l10n.t('it is no picture')));
  // Said before anything is typed.
  if (!Size.safeParse({ width, height }).success) throw new EngineError('bad-request', l10n.t('{0} cannot be edited: it has {1}×{2} pixels, and a side has 16 to 8192', basename(path), width, height));
  const root = (folder && toDiskPath(folder)) ?? dirname(path);
  const model = await modelFor(metadata, root);
  const title = l10n.t('Edit {0} with {1}', basename(path), model.id);
  const from = promptOf(metadata) ?? (await window.showInputBox({ title, prompt: l10n.t('It does not say what it shows. What is it?'), ignoreFocusOut: true }));
  if (from === undefined) return undefined;
  const to = await window.showInputBox({ title, prompt: l10n.t('What shall it be? Change the words that shall change.'), value: from, ignoreFocusOut: true, validateInput: (text) => (text.trim() === '' ? l10n.t('Say what it shall be.') : undefined) });
  if (to === undefined) return undefined;
  const { kind } = await readModelFolder(model.dir, model.id);
  const edit = makeEdit({
    picture: path, width, height, from: extractAdapters(from).text, to: extractAdapters(to).text, model: { id: model.id, path: model.dir }, kind,
    adapters: await adaptersOf([from, to], root, model.dir), seed: String(randomInt(2 ** 32)), output: { path: freeEditName(path), root, saveLatents: null },
  });
  if (edit.success) return edit.data;
  throw new EngineError('bad-request', l10n.t('{0} cannot be edited: {1}', basename(path), edit.error.issues[0]?.message ?? ''));
}

/** The model that drew the picture if it is here, else the one that comes with Easel. */
async function modelFor({ easel }: PictureMetadata, root: string): Promise<InstalledModel> {
  const drew = easel?.request.model.id;
  return (drew === undefined ? undefined : await resolveModel(drew, { root }).catch(() => undefined)) ?? resolveModel(DEFAULT_MODEL, { root });
}

function promptOf({ easel, infotext }: PictureMetadata): string | undefined {
  return easel?.request.prompt ?? (infotext === null ? undefined : parseInfotext(infotext).prompt);
}

/** The adapters that either text names; a name that is not here is an error. */
async function adaptersOf(texts: readonly string[], root: string, model: string): Promise<AdapterReference[]> {
  const named = new Map(texts.flatMap((text) => extractAdapters(text).adapters).map(({ name, weight }) => [name, weight]));
  if (named.size === 0) return [];
  const files = new Map((await listAdapters({ root, model })).map(({ id, path }) => [id, path]));
  return [...named].map(([id, weight]) => {
    const path = files.get(id);
    if (path === undefined) throw new EngineError('bad-request', l10n.t('There is no <{0}> here; known names: {1}.', id, [...files.keys()].join(', ') || l10n.t('none')));
    return { id, path, weight };
  });
}

/** Edits under a notification that counts the steps and cancels. Resolves with the new file. */
async function run(request: EditRequest, engine: EngineDoor): Promise<string> {
  const title = l10n.t('Editing {0}', basename(request.target.init?.path ?? ''));
  return (await underNotification(title, phaseLabel, (options) => engine.edit(request, options))).path;
}

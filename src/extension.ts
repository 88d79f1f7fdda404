/**
 * The extension's wiring, and nothing else: it makes the parts, tells them of each other, and registers what they
 * contribute. No model, no runtime and no process is touched here; the engine starts with the first picture.
 */
import { Uri, window, type ExtensionContext } from 'vscode';
import {
  Actions, Candidates, DiskContexts, EngineDoor, GenerateLens, Gutter, Jobs, ModelLint, PicturePanel, PictureStates, PromptDiagnostics, PromptFiles, Thumbnails,
  registerCommands, registerCompletion, registerPictureHover, registerStatusItem, registerTasks,
} from './editor';

export function activate(context: ExtensionContext): void {
  const inBundle = (name: string) => Uri.joinPath(context.extensionUri, 'dist', name).fsPath;
  const keep = <Part extends { dispose(): unknown }>(part: Part): Part => {
    context.subscriptions.push(part);
    return part;
  };

  const log = keep(window.createOutputChannel('Easel', { log: true }));
  const files = keep(new PromptFiles());
  const contexts = keep(new DiskContexts(files, log));
  const states = keep(new PictureStates(files, contexts, log));
  const engine = keep(new EngineDoor(inBundle('engine-child.cjs'), log));
  const jobs = keep(new Jobs(engine));
  const candidates = keep(new Candidates());
  const thumbnails = keep(new Thumbnails(inBundle('thumbnail-child.cjs')));
  const lint = new ModelLint(log);
  const actions = new Actions(contexts, jobs, states, candidates);
  const panel = new PicturePanel(context.extensionUri, { files, contexts, states, jobs, candidates, log });

  panel.register(context);
  states.register(context);
  new GenerateLens(files, states, jobs).register(context);
  new Gutter(files, states, thumbnails).register(context);
  new PromptDiagnostics(files, contexts, lint, log).register(context);
  registerPictureHover(context, files, states, thumbnails);
  registerCompletion(context, files, contexts, lint);
  registerStatusItem(context, jobs, engine);
  registerTasks(context, files, states, actions);
  registerCommands(context, { files, states, jobs, actions, engine, panel, log });
}

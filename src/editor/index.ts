/**
 * Everything of Easel that uses `vscode`: it turns the language, the states of pictures and the engine into lenses,
 * panels, diagnostics and commands. Nothing here computes a picture, and nothing here is loaded that could: the engine
 * is reached through its client, in a process of its own, started by the first picture.
 */
export { Actions } from './actions';
export { Candidates } from './candidates';
export { registerCommands } from './commands';
export { DiskContexts } from './disk-contexts';
export { EngineDoor } from './engine-door';
export { GenerateLens } from './generate-lens';
export { Gutter } from './gutter';
export { Jobs } from './jobs';
export { ModelLint } from './model-lint';
export { PicturePanel } from './panel/picture-panel';
export { registerPictureHover } from './picture-hover';
export { PictureStates } from './picture-states';
export { registerCompletion } from './prompt-completion';
export { PromptDiagnostics } from './prompt-diagnostics';
export { PromptFiles } from './prompt-files';
export { registerStatusItem } from './status-item';
export { registerTasks } from './task-provider';
export { Thumbnails } from './thumbnails';

/**
 * Everything of Easel that uses `vscode`: it turns the language, the states of pictures and the engine into lenses,
 * panels, diagnostics and commands. Nothing here computes a picture, and nothing here is loaded that could: the engine
 * is reached through its client, in a process of its own, started by the first picture.
 */
export { promptLanguage } from './prompt-language';
export { start, type Started } from './start';

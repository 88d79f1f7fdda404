/**
 * What the editor and its webview pages say to each other, and nothing else. Both sides parse every message with these
 * schemas, so a page that is older, newer or hostile can neither crash the extension nor name a file: pictures are
 * known by the ids the editor gave them, never by paths.
 */
export * from './dataset';
export * from './encoded-picture';
export * from './panel';
export * from './run';
export { parseMessage } from './parse-message';

/**
 * Is a picture still what its block says? The PNG is its own lock: the block is expanded again with the seed and place
 * the PNG names, and the two requests are compared. The room also gathers what a prompt file's names mean on this disk
 * (`diskContext`), because editor and command line must mean the same by them or they would disagree about freshness,
 * and counts what a model reads of it (`TokenCounter`).
 */
export { blockState, readPictureFile, type BlockState, type Freshness, type PictureState, type ReadPicture } from './block-state';
export { deepestExisting } from './deepest-existing';
export { differences } from './differences';
export { diskContext, type DiskContext, type DiskContextOptions } from './disk-context';
export { Lookups } from './lookups';
export { TokenCounter, type TokenCount } from './token-counter';
export { holdsPrompts, promptFiles, promptLanguageOf } from './prompt-files';

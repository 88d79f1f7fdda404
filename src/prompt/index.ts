/**
 * The `.t2i` language, as pure functions: reading prompt files (and ```` ```t2i ```` fences in Markdown), A1111's
 * infotext and prompt syntax, wildcards and matrices, and where pictures go. The room exists so that editor, command
 * line and freshness all mean the same by a prompt file; it touches no disk, no editor and no engine, and its last word
 * is a list of complete `GenerateRequest`s.
 */
export { extractAdapters, findAdapters, withoutTags, type AdapterMention } from './adapters';
export { spanInText, type BlockText } from './block-text';
export { hasErrors, type Diagnostic, type Fix, type Severity, type Span } from './diagnostic';
export type { Block, DocumentLine, FrontMatter, Matrix, MatrixAxis, MatrixValue, Parameter, PromptDocument, PromptLanguage } from './document';
export { mayDrawTogether, togetherGroups } from './together';
export { completeSettings, DEFAULT_MODEL, effectiveSettings, multiplicity, seedPlus, type ModelDefaults } from './effective';
export { expand, type ExpandContext, type Expansion } from './expand';
export { TextExpander, type WildcardSource } from './expand-text';
export { cellAt, cellCount, type Cell } from './matrix';
export { DEFAULT_OUT, outProblem, resolveOut, type OutValues } from './out-path';
export { claimOutputs, findCollisions, foldPath, outputPath, type Collision, type OutputClaim, type Place } from './outputs';
export { parse, type ParseOptions } from './parse';
export { checkInsideRoot, fileStem, isAbsolutePath, isInsideRoot, joinPath } from './paths';
export { print } from './print';
export * from './request';
export { MAX_PICTURES, SETTINGS, settingFor, type SettingName, type Settings } from './settings';
export { slug } from './slug';
export { escapeTemplate, scanTemplate, type TemplateNode } from './template';
export { matchWildcards, wildcardLines } from './wildcard-files';
export { parsePromptAttention, type WeightedText } from './attention';
export { formatInfotext, infotextToBlock, parseInfotext, printInfotext, type Infotext } from './infotext';
export { parsePromptSchedule, type ScheduledText } from './schedule';
export { TrainEvent } from './train-events';
export * from './train-request';
export * from './evaluate-request';
export { makeEdit, type EditWish } from './make-edit';
export * from './edit-request';

/**
 * What a picture says about itself, read from its bytes and written into them. No pixels, no file system, no native
 * code, so that the extension host may use it. Reading never throws: a damaged file is described, not rejected.
 */
export { EASEL_RECORD_VERSION, EaselRecord, encodeEaselRecord } from './easel-record';
export { readPictureMetadata, type PictureMetadata } from './picture-metadata';
export { setTextChunks } from './text-chunks';

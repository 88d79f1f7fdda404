/**
 * Captioned picture folders as data: read, lint, split, bucket. A dataset is a language of its own, so remarks on it have
 * exact places and fixes, and a changed caption is an edit of its file's text that an editor applies and undoes like any
 * other. Nothing here decodes a picture, because the extension host imports this file; that is behind the room's second
 * door, `pictures.ts`. Captions are never silently left out: whatever is not used is a remark, and `formatCounts` is the
 * sentence shown before anything trains.
 */
export { assembleDataset, folderOf, nameOf, withCaptionText, withoutExtension } from './assemble-dataset';
export { bucketDataset, bucketSizes, fitToBucket, type Bucket, type BucketOptions, type Fit, type Size } from './bucket-dataset';
export { editCaption, editCaptionText, editMetadataLine, metadataLine, type TextEdit } from './caption-edit';
export { isCaptionText, isMetadataFile, readCaptionFile, type CaptionFile } from './caption-file';
export { placeInCaption } from './caption-place';
export { conceptFinder, withConcept, type NamedConcept } from './concept-in-caption';
export { formatCounts, type CaptionSource, type Dataset, type DatasetCounts, type DatasetEntry, type DatasetFiles } from './dataset';
export { DatasetError } from './error';
export { fingerprintDataset, sha256OfFile, type FingerprintOptions } from './fingerprint-dataset';
export type { DatasetFix, FileEdit, Lint, LintCode, Place, Position, TextRange } from './lint';
export { lintDataset, type LintOptions } from './lint-dataset';
export { lintPictures, type PictureInfo, type PictureLintOptions } from './lint-pictures';
export { TimeSlice } from './time-slice';
export { newCaption } from './new-caption';
export { readDataset, withCaptionRead, type DatasetProgress, type ReadDatasetOptions } from './read-dataset';
export { splitDataset, type SplitOptions } from './split-dataset';

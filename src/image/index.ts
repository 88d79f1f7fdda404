/**
 * Pictures as files. `metadata/` reads and writes what a picture says about itself (pure JavaScript: the editor may
 * import it), `pixels` turns arrays into encoded pictures and back (sharp: never in the extension host), `store` is the
 * only way a picture reaches the disk: whole or not at all, and never over a file that Easel did not write.
 */
export * from './metadata';
export { contactSheet, refuseOtherSheet } from './contact-sheet';
export { resizeAsPillow } from './pillow-resize';
export { encodePng, encodePreview, readPixels, resizePixels, type Pixels } from './pixels';
export { isOurs, NotOursError, StoreError, writePicture, type WrittenPicture } from './store';

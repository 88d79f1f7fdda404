import { z } from 'zod';

/** Most encoded bytes of a picture that travels inside a message; larger ones are files, named by URI. */
const LIMIT = 48 * 1024;

/** The few pixels that travel in messages: live previews, and thumbnails of pictures too large to be loaded by dozens. */
export const EncodedPicture = z.strictObject({
  mimeType: z.enum(['image/png', 'image/jpeg', 'image/webp']),
  data: z.custom<Uint8Array>((bytes) => bytes instanceof Uint8Array && bytes.byteLength <= LIMIT, 'a picture in a message is at most 48 KiB'),
});
export type EncodedPicture = z.infer<typeof EncodedPicture>;

/** Longest file name part made from a name, in UTF-8 bytes; leaves room for `-{index}.png` in every file system's 255. */
export const MAX_SLUG_BYTES = 80;

/** Names that Windows keeps for devices, with any extension, in any case; ¹²³ count as digits there. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$)(?:[ .]|$)/i;

/**
 * A name as part of a file name on every system: NFC, reserved and control characters as `-`, no leading or trailing
 * dot or space, Windows device names prefixed with `_`, at most 80 bytes of UTF-8. Never empty, never has a separator.
 */
export function slug(name: string): string {
  const safe = name
    .normalize('NFC')
    .replace(/\p{Surrogate}/gu, '-')
    .replace(/[\u0000-\u001f\u007f-\u009f<>:"/\\|?*\u2028\u2029]/g, '-')
    // Direction marks and other invisible characters would let two names look alike.
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '');
  return keepOffDevices(trimEnds(cutToBytes(trimEnds(safe), MAX_SLUG_BYTES)) || '_');
}

/** A file name that is no Windows device: `con.png` becomes `_con.png`. */
export function keepOffDevices(name: string): string {
  return DEVICE.test(name) ? `_${name}` : name;
}

/** Whether a path segment can be a file name on every system as it stands. */
export function isPortable(segment: string): boolean {
  return segment !== '' && !/[\u0000-\u001f\u007f<>:"\\|?*]|[. ]$|^ /.test(segment) && !/\p{Surrogate}/u.test(segment) && !DEVICE.test(segment);
}

function trimEnds(text: string): string {
  return text.replace(/^[\s.]+|[\s.]+$/g, '');
}

/** Cut between graphemes, so that no letter loses its accent. */
function cutToBytes(text: string, limit: number): string {
  const encoder = new TextEncoder();
  if (encoder.encode(text).length <= limit) return text;
  let bytes = 0;
  let kept = '';
  for (const { segment } of new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)) {
    bytes += encoder.encode(segment).length;
    if (bytes > limit) break;
    kept += segment;
  }
  return kept;
}

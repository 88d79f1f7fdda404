/**
 * Unicode as the reference tokenizers see it (Hugging Face `tokenizers` 0.23: Oniguruma with Unicode 16, normalisation with
 * Unicode 9), whatever version the JavaScript engine has. Found by comparing every code point with Node's Unicode 17.
 */

/** Letters and numbers that came after Unicode 16. */
const NEW_LETTERS =
  '\\u{88f}\\u{c5c}\\u{cdc}\\u{a7ce}\\u{a7cf}\\u{a7d2}\\u{a7d4}\\u{a7f1}\\u{10940}-\\u{10959}\\u{10ec5}-\\u{10ec7}\\u{11db0}-\\u{11ddb}' +
  '\\u{16ea0}-\\u{16eb8}\\u{16ebb}-\\u{16ed3}\\u{16ff2}\\u{16ff3}\\u{187f8}-\\u{187ff}\\u{18d09}-\\u{18d1e}\\u{18d80}-\\u{18df2}\\u{1e6c0}-\\u{1e6de}' +
  '\\u{1e6e0}-\\u{1e6e2}\\u{1e6e4}\\u{1e6e5}\\u{1e6e7}-\\u{1e6ed}\\u{1e6f0}-\\u{1e6f4}\\u{1e6fe}\\u{1e6ff}\\u{2b73a}-\\u{2b73f}\\u{2cea2}-\\u{2cead}\\u{323b0}-\\u{33479}';
const NEW_NUMBERS = '\\u{11de0}-\\u{11de9}\\u{16ff4}-\\u{16ff6}';

/** Sources for regular expressions with the `v` flag; each is one character class. */
export const LETTER = `[\\p{L}--[${NEW_LETTERS}]]`;
export const NUMBER = `[\\p{N}--[${NEW_NUMBERS}]]`;
/** `\s` of JavaScript has U+FEFF and lacks U+0085. */
export const SPACE = '\\p{White_Space}';
export const SYMBOL = `[^${SPACE}${LETTER}${NUMBER}]`;

/**
 * Marks and bases whose combining behaviour came after Unicode 9: to the reference they are characters by themselves, which
 * neither move nor combine.
 */
const UNKNOWN_COMBINING =
  '\\u{897}\\u{898}\\u{89c}-\\u{89f}\\u{8ca}-\\u{8ce}\\u{9fe}\\u{c3c}\\u{d3b}\\u{d3c}\\u{eba}\\u{1715}\\u{1ac1}\\u{1ac2}\\u{1ac5}-\\u{1ac9}\\u{1acb}-\\u{1adc}' +
  '\\u{1ae0}-\\u{1ae5}\\u{1ae7}-\\u{1aeb}\\u{1df6}-\\u{1df8}\\u{1dfa}\\u{a82c}\\u{10d24}-\\u{10d27}\\u{10d69}-\\u{10d6d}\\u{10eab}\\u{10eac}\\u{10f48}-\\u{10f4a}' +
  '\\u{10f4c}\\u{10f82}\\u{10f84}\\u{11070}\\u{1133b}\\u{113ce}-\\u{113d0}\\u{1145e}\\u{11839}\\u{1183a}\\u{1193d}\\u{1193e}\\u{11943}\\u{119e0}\\u{11a34}\\u{11a47}' +
  '\\u{11a99}\\u{11d42}\\u{11d44}\\u{11d45}\\u{11d97}\\u{11f41}\\u{11f42}\\u{1612f}\\u{16ff0}\\u{16ff1}\\u{1e08f}\\u{1e130}-\\u{1e136}\\u{1e2ae}\\u{1e2ec}-\\u{1e2ef}' +
  '\\u{1e4ec}\\u{1e4ed}\\u{1e4ef}\\u{1e5ee}\\u{1e6e3}\\u{1e6e6}\\u{1e6ee}\\u{1e6ef}\\u{1e6f5}' +
  '\\u{105d2}\\u{105da}\\u{11382}\\u{11384}\\u{1138b}\\u{11390}\\u{113c2}\\u{11935}\\u{1611e}\\u{16129}\\u{16d63}\\u{16d67}';

/** A stretch that NFC may change: what is not ASCII, with the one ASCII character it may combine with. */
export const COMBINING_RUN = new RegExp(`[\\x00-\\x7f]?[^\\x00-\\x7f${UNKNOWN_COMBINING}]+`, 'gv');

/** Characters with a lower case of their own. Each is lowered for itself: a whole word's `toLowerCase` makes a final sigma. */
export const UPPER = /\p{Changes_When_Lowercased}/gu;

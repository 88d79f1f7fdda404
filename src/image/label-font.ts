/**
 * A 5×7 pixel font for labels on contact sheets. A fresh machine has no fonts at all, and a picture must look the same
 * on every machine, so the few glyphs that names need are here: seven rows of five bits each, in hexadecimal.
 */
const GLYPHS: Readonly<Record<string, string>> = {
  A: '0e11111f111111', B: '1e11111e11111e', C: '0e11101010110e', D: '1e11111111111e', E: '1f10101e10101f', F: '1f10101e101010',
  G: '0e11101711110e', H: '1111111f111111', I: '0e04040404040e', J: '0702020202120c', K: '11121418141211', L: '1010101010101f',
  M: '111b1515111111', N: '11191513111111', O: '0e11111111110e', P: '1e11111e101010', Q: '0e11111115120d', R: '1e11111e141211',
  S: '0f10100e01011e', T: '1f040404040404', U: '1111111111110e', V: '11111111110a04', W: '11111115151b11', X: '11110a040a1111',
  Y: '11110a04040404', Z: '1f01020408101f', '0': '0e11131519110e', '1': '040c040404040e', '2': '0e11010608101f', '3': '1f02040601110e',
  '4': '02060a121f0202', '5': '1f101e0101110e', '6': '0608101e11110e', '7': '1f010204080808', '8': '0e11110e11110e', '9': '0e11110f01020c',
  ' ': '00000000000000', '-': '0000001f000000', _: '0000000000001f', '.': '00000000000c0c', ',': '000000000c0408', '/': '01010204081010',
  '#': '0a0a1f0a1f0a0a', '(': '02040808080402', ')': '08040202020408', ':': '000c0c000c0c00', '+': '0004041f040400', '?': '0e110106040004', '*': '0004150e150400',
};

/** Pixels from one letter to the next, and of a line. */
export const LETTER_WIDTH = 6;
export const LINE_HEIGHT = 7;

/** One row per pixel line, one 0 or 1 per pixel; capitals, accents dropped, anything without a glyph is `?`. At most `letters` long. */
export function drawLabel(text: string, letters: number): number[][] {
  const plain = [...text.normalize('NFKD').replace(/\p{M}/gu, '').toUpperCase()];
  const shown = plain.length <= letters ? plain : [...plain.slice(0, Math.max(0, letters - 2)), '.', '.'];
  return Array.from({ length: LINE_HEIGHT }, (_, row) =>
    shown.flatMap((letter) => {
      const glyph = GLYPHS[letter] ?? GLYPHS['?'] ?? '';
      const bits = Number.parseInt(glyph.slice(row * 2, row * 2 + 2), 16);
      return [16, 8, 4, 2, 1, 0].map((bit) => ((bits & bit) === 0 ? 0 : 1));
    }),
  );
}

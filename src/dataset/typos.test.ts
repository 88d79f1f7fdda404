import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isOneEdit, likelyTypos, wordsOf } from './typos';
import { TimeSlice } from './time-slice';

describe('the words of a caption', () => {
  it('are runs of letters with their accents and inner apostrophes, in lower case, at their place', () => {
    assert.deepEqual(wordsOf("A Cat's-eye, CAFE\u0301 (’tis) x2 2nd 🎨été"), [
      { word: 'a', start: 0, end: 1 },
      { word: "cat's", start: 2, end: 7 },
      { word: 'eye', start: 8, end: 11 },
      { word: 'cafe\u0301', start: 13, end: 18 },
      { word: 'tis', start: 21, end: 24 },
      { word: 'été', start: 35, end: 38 },
    ]);
    assert.deepEqual(wordsOf(''), []);
  });
});

describe('one edit', () => {
  it('is a letter added, left out, replaced or exchanged with its neighbour, but for a replaced first', () => {
    for (const [a, b] of [['circle', 'circles'], ['circle', 'cicle'], ['circle', 'circke'], ['circle', 'cirlce'], ['circle', 'icrcle'], ['circle', 'xcircle'], ['aab', 'ab'], ['abab', 'baab']] as const) {
      assert.ok(isOneEdit(a, b), `${a} ${b}`);
      assert.ok(isOneEdit(b, a), `${b} ${a}`);
    }
    for (const [a, b] of [['ring', 'wing'], ['circle', 'circle'], ['circle', 'circulet'], ['circle', 'cxrcke'], ['circle', 'celric'], ['abcd', 'cbad'], ['abcd', 'badc'], ['ab', '']] as const) assert.ok(!isOneEdit(a, b), `${a} ${b}`);
  });
});

describe('likely typos', () => {
  const typos = async (counts: Record<string, number>, isKnown?: (word: string) => boolean) => Object.fromEntries(await likelyTypos(new Map(Object.entries(counts)), isKnown));

  it('are rare words one edit from one that is frequent, and that four times as often', async () => {
    assert.deepEqual(await typos({ circle: 4, cirlce: 1 }), { cirlce: 'circle' });
    assert.deepEqual(await typos({ circle: 3, cirlce: 1 }), {});
    assert.deepEqual(await typos({ circle: 8, cirlce: 2 }), { cirlce: 'circle' });
    assert.deepEqual(await typos({ circle: 7, cirlce: 2 }), {});
    assert.deepEqual(await typos({ circle: 99, cirlce: 3 }), {});
  });

  it('have four letters or more, and may be meant for one of three', async () => {
    assert.deepEqual(await typos({ red: 50, rd: 1, rad: 1, reed: 1 }), { reed: 'red' });
    assert.deepEqual(await typos({ of: 50, off: 1, offf: 1 }), {});
  });

  it('are meant for the most frequent word, and of equals for the first by its letters', async () => {
    assert.deepEqual(await typos({ stone: 9, store: 20, stobe: 1 }), { stobe: 'store' });
    assert.deepEqual(await typos({ store: 9, stone: 9, stobe: 1 }), { stobe: 'stone' });
  });

  it('are no forms of a word, and no words that somebody knows', async () => {
    assert.deepEqual(await typos({ star: 9, stars: 1, starr: 1, stard: 1, stary: 1, starn: 1, start: 1, "star's": 1 }), { start: 'star' });
    assert.deepEqual(await typos({ woods: 9, wood: 1 }), {});
    const asked: string[] = [];
    assert.deepEqual(await typos({ circle: 9, cirlce: 1, other: 1 }, (word) => asked.push(word) > 0), {});
    assert.deepEqual(asked, ['cirlce']);
  });

  it('are found as comparing all words would, also in letters that take two units', async () => {
    const letter = fc.constantFrom('a', 'b', '𝒶', '𐐨');
    const word = fc.array(letter, { minLength: 2, maxLength: 4 }).map((letters) => letters.join(''));
    await fc.assert(fc.asyncProperty(fc.dictionary(word, fc.constantFrom(1, 9), { maxKeys: 30 }), async (counts) => {
      const found = await typos(counts);
      for (const [rare, count] of Object.entries(counts)) {
        const near = Object.entries(counts).some(([other, often]) => count === 1 && rare.length >= 4 && often === 9 && isOneEdit(rare, other));
        assert.equal(rare in found, near, rare);
      }
    }));
  });

  it('are not looked for on when aborted', async () => {
    const many = new Map(Array.from({ length: 20_000 }, (_, index) => [`word${index.toString(26)}`, 9]));
    await assert.rejects(likelyTypos(many, undefined, new TimeSlice(AbortSignal.abort())), { name: 'AbortError' });
  });
});

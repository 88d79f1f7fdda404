import assert from 'node:assert/strict';
import { piecesOf, plainText } from './pieces';

describe('pieces of a prompt', () => {
  it('carry the weights of their brackets, in groups between BREAKs', () => {
    assert.deepEqual(piecesOf('a (red:1.5) cat BREAK [blue] dog', 'a1111'), [
      [{ text: 'a ', weight: 1 }, { text: 'red', weight: 1.5 }, { text: ' cat', weight: 1 }],
      [{ text: '', weight: 1 }, { text: 'blue', weight: 1 / 1.1 }, { text: ' dog', weight: 1 }], // A1111 too has a piece of nothing here
    ]);
  });

  it('are the text as it is written where the syntax is plain', () => {
    const text = 'a (red:1.5) cat BREAK [blue] dog';
    assert.deepEqual(piecesOf(text, 'plain'), [[{ text, weight: 1 }]]);
  });

  it('of nothing are one group, so that an empty prompt is a chunk too', () => {
    for (const syntax of ['a1111', 'plain'] as const) {
      assert.deepEqual(piecesOf('', syntax).map((group) => group.map(({ text }) => text).join('')), ['']);
    }
  });

  it('lose their markup for an encoder that knows no weights', () => {
    assert.equal(plainText(piecesOf('a (red:1.5) cat BREAK [blue] dog', 'a1111')), 'a red cat blue dog');
  });
});

import assert from 'node:assert/strict';
import { progressTo } from './differentiate-progress';

/** What is said of a phase of 100 nodes that take 60 ms each, after one of 20 ms. */
function said(terminal: boolean): string[] {
  const lines: string[] = [];
  let time = 1000;
  const tell = progressTo({ terminal, status: (text) => void lines.push(text), err: (text) => void lines.push(text) }, () => time);
  tell('reading model.onnx');
  time += 20;
  for (let i = 0; i < 100; i++, time += 60) tell('differentiating', i, 100);
  return lines;
}

describe('progress of easel differentiate', () => {
  it('on a terminal shows each phase at once, then how far it is, at most ten times a second', () => {
    const lines = said(true);
    assert.deepEqual(lines.slice(0, 3), ['reading model.onnx, 0.0 s', 'differentiating, 100 nodes, 0.0 s', 'differentiating, 2 of 100 nodes (2 %), 0.1 s']);
    assert.equal(lines.length, 51);
  });

  it('in a log says something after five seconds, and nothing before', () => {
    assert.deepEqual(said(false), ['differentiating, 83 of 100 nodes (83 %), 5.0 s']);
  });
});

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { node, tinyModel, value, writeGraph } from '../../../test/support/tiny-graph';
import type { Attribute } from '../../onnx/model';
import { unreadInputs } from './unread-inputs';

describe('inputs that no output hangs on', () => {
  let file: string;
  before(async () => (file = join(await mkdtemp(join(tmpdir(), 'easel-unread-')), 'model.onnx')));
  after(() => rm(join(file, '..'), { recursive: true }));

  it('are those that nothing reads, or only what nobody reads; a branch reads too', async () => {
    const branch = (input: string, output: string): Attribute => ({ type: 'graph', value: tinyModel({ inputs: [], outputs: [value(output, 'float32', [])], nodes: [node('Identity', [input], [output])] }).graph });
    await writeGraph(file, {
      inputs: ['x', 'lone', 'dead', 'inner', 'second'].map((name) => value(name, 'float32', [])).concat(value('which', 'bool', [])), outputs: [value('y', 'float32', []), value('z', 'float32', [])],
      nodes: [
        node('Neg', ['dead'], ['unused']), node('Abs', ['unused'], ['unused too']), node('Abs', ['x'], ['positive']), node('Neg', ['second'], ['z']),
        node('If', ['which'], ['y'], { attributes: new Map([['then_branch', branch('inner', 'yes')], ['else_branch', branch('positive', 'no')]]) }),
      ],
    });
    assert.deepEqual([...await unreadInputs(file)], ['lone', 'dead']);
  });
});

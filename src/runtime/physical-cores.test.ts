import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { coresOf, physicalCores } from './physical-cores';

const processor = (socket: number, core: number) => `processor\t: 0\nphysical id\t: ${socket}\ncore id\t\t: ${core}\n`;

describe('physical cores', () => {
  it('count two hyper-threads once and two sockets twice', () => {
    assert.equal(coresOf([processor(0, 0), processor(0, 0), processor(0, 1), processor(1, 0)].join('\n')), 3);
  });

  it('are unknown where the kernel does not tell', () => assert.equal(coresOf('processor\t: 0\nBogoMIPS\t: 50\n'), undefined));

  it('are at least one and at most what this process may use', () => {
    assert.ok(physicalCores() >= 1 && physicalCores() <= availableParallelism());
  });
});

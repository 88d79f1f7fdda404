import { strict as assert } from 'node:assert';
import { processIo, READER_GONE } from './io';

type Listener = (...values: unknown[]) => void;

function leaveOnly(emitter: NodeJS.EventEmitter, name: string, kept: readonly unknown[]): void {
  for (const listener of emitter.listeners(name)) if (!kept.includes(listener)) emitter.removeListener(name, listener as Listener);
}

describe('the process as a command sees it', () => {
  it('ends as if by SIGPIPE when the reader of its results goes away, never with the code of a yes', () => {
    const before = { int: process.listeners('SIGINT'), term: process.listeners('SIGTERM'), error: process.stdout.listeners('error'), exit: process.exit };
    const codes: unknown[] = [];
    try {
      processIo();
      process.exit = ((code) => void codes.push(code)) as typeof process.exit;
      process.stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    } finally {
      process.exit = before.exit;
      leaveOnly(process, 'SIGINT', before.int);
      leaveOnly(process, 'SIGTERM', before.term);
      leaveOnly(process.stdout, 'error', before.error);
    }
    assert.deepEqual(codes, [READER_GONE]);
  });
});

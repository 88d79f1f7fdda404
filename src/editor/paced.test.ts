import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { paced } from './paced';

describe('paced work', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(() => mock.timers.reset());

  it('is done at once, then in steps, and once more for the last call', () => {
    let done = 0;
    const tell = paced(() => done++, 700);
    tell();
    assert.equal(done, 1);
    for (let call = 0; call < 30; call++) {
      tell();
      mock.timers.tick(80); // 2,400 ms of calls without a pause as long as the gap
    }
    assert.equal(done, 4);
    mock.timers.tick(700);
    assert.equal(done, 5);
    mock.timers.tick(10_000);
    assert.equal(done, 5);
    tell();
    assert.equal(done, 6);
  });

  it('is not done any more after its end', () => {
    let done = 0;
    const tell = paced(() => done++, 700);
    tell();
    tell();
    tell.dispose();
    mock.timers.tick(10_000);
    assert.equal(done, 1);
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { HostToPanel, PanelToHost, parseMessage } from './index';

describe('messages between the editor and its panel', () => {
  it('lets every request of the page through unchanged', () => {
    const requests: PanelToHost[] = [
      { type: 'ready' },
      { type: 'generate', count: 4 },
      { type: 'cancel' },
      { type: 'use-this-one', picture: 'candidate-2' },
      { type: 'copy-infotext', picture: 'picture-0' },
      { type: 'open-picture', picture: 'picture-0' },
      { type: 'error-action' },
    ];
    for (const request of requests) assert.deepEqual(parseMessage(PanelToHost, request), request);
  });

  it('drops an unknown type, a wrong field and an extra field, and says which', () => {
    const check = (message: unknown, said: RegExp) => {
      let reason = '';
      assert.equal(parseMessage(PanelToHost, message, (text) => (reason = text)), undefined);
      assert.match(reason, said);
    };
    check({ type: 'run-shell', command: 'rm' }, /type/);
    check({ type: 'generate', count: 1000 }, /count/);
    check({ type: 'open-picture', picture: 7 }, /picture/);
    check({ type: 'open-picture', picture: 'picture-0', path: '/etc/passwd' }, /path/);
    check('ready', /message/);
    check(null, /message/);
  });

  it('never throws, whatever arrives', () => {
    fc.assert(fc.property(fc.anything(), (message) => {
      parseMessage(PanelToHost, message);
      parseMessage(HostToPanel, message);
    }));
  });

  it('refuses a preview of more than 48 KiB', () => {
    const preview = (bytes: number) => ({ type: 'preview', mimeType: 'image/jpeg', data: new Uint8Array(bytes) });
    assert.ok(parseMessage(HostToPanel, preview(48 * 1024)));
    assert.equal(parseMessage(HostToPanel, preview(48 * 1024 + 1)), undefined);
  });
});

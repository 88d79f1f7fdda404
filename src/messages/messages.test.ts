import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DatasetToHost, HostToDataset, HostToPanel, HostToRun, PanelToHost, RunToHost, WINDOW_AT_MOST, parseMessage } from './index';

describe('messages between the editor and its panel', () => {
  it('lets every request of the page through unchanged', () => {
    const requests: PanelToHost[] = [
      { type: 'ready' },
      { type: 'generate', count: 4 },
      { type: 'cancel' },
      { type: 'use-this-one', picture: 'candidate-2' },
      { type: 'copy-infotext', picture: 'picture-0' },
      { type: 'open-picture', picture: 'picture-0' },
      { type: 'edit-picture', picture: 'picture-0' },
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
      for (const schema of [HostToPanel, HostToDataset, DatasetToHost, HostToRun, RunToHost]) parseMessage(schema, message);
    }));
  });

  it('refuses a preview of more than 48 KiB', () => {
    const preview = (bytes: number) => ({ type: 'preview', mimeType: 'image/jpeg', data: new Uint8Array(bytes) });
    assert.ok(parseMessage(HostToPanel, preview(48 * 1024)));
    assert.equal(parseMessage(HostToPanel, preview(48 * 1024 + 1)), undefined);
  });
});

describe('messages between the editor and its dataset and run pages', () => {
  it('name pictures by number only, and ask for no more than a screen holds', () => {
    const { length } = [{ type: 'caption', id: 3, caption: 'a cat' }, { type: 'look', from: 99_000, count: WINDOW_AT_MOST }, { type: 'fix', id: 0, remark: 1 }].filter((message) => parseMessage(DatasetToHost, message));
    assert.equal(length, 3);
    for (const wrong of [{ type: 'caption', id: '/etc/passwd', caption: '' }, { type: 'caption', id: -1, caption: '' }, { type: 'caption', id: 1, caption: '', file: 'x' }, { type: 'look', from: 0, count: WINDOW_AT_MOST + 1 }]) {
      assert.equal(parseMessage(DatasetToHost, wrong), undefined, JSON.stringify(wrong));
    }
  });

  it('ask of a run only what its buttons offer', () => {
    assert.ok(parseMessage(RunToHost, { type: 'act', action: 'pause' }));
    for (const wrong of [{ type: 'act', action: 'delete' }, { type: 'act', action: 'pause', run: '/elsewhere' }, { type: 'memory', run: '/elsewhere' }]) assert.equal(parseMessage(RunToHost, wrong), undefined);
  });
});

import assert from 'node:assert/strict';
import { panelHtml } from './panel-html';

const html = panelHtml({ cspSource: 'https://*.vscode-cdn.net', script: 'https://x.vscode-cdn.net/a"b.js', language: 'en' });
const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '';

describe('the panel\'s page', () => {
  it('allows nothing but its own script, editor resources, and blob and data pictures', () => {
    const nonce = /script nonce="([^"]+)"/.exec(html)?.[1];
    assert.equal(policy, `default-src 'none'; img-src https://*.vscode-cdn.net blob: data:; script-src 'nonce-${nonce}'; style-src https://*.vscode-cdn.net 'nonce-${nonce}'`);
  });

  it('has no inline script, handler or style', () => {
    assert.doesNotMatch(html, /\son\w+=|\sstyle=|<style|unsafe-/);
    assert.equal(html.match(/<script/g)?.length, 1);
    assert.match(html, /<script [^>]*src="[^"]+"><\/script>/);
  });

  it('has a new nonce each time', () => {
    const other = panelHtml({ cspSource: 'x', script: 'y', language: 'en' });
    assert.notEqual(/nonce="([^"]+)"/.exec(other)?.[1], /nonce="([^"]+)"/.exec(html)?.[1]);
  });

  it('escapes what it is given', () => {
    assert.match(html, /a&quot;b\.js/);
  });
});

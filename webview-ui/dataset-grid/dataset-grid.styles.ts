import { css } from 'lit';

/** A cell and the gap around it are as wide and tall as `layout.ts` says. */
export const datasetGridStyles = css`
  :host {
    display: block;
    position: relative;
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
  }
  .nothing {
    position: absolute;
    inset: 32px 0 auto;
    margin: 0;
    text-align: center;
    color: var(--vscode-descriptionForeground);
  }
  .scroller {
    height: 100%;
    overflow: hidden auto;
    outline: none;
  }
  .space {
    position: relative;
    overflow: hidden;
  }
  .rows {
    position: absolute;
    inset: 0 0 auto;
    will-change: transform;
  }
  .row {
    display: flex;
    height: 296px;
  }
  .cell {
    box-sizing: border-box;
    display: flex;
    flex-direction: column;
    gap: 4px;
    width: 220px;
    height: 284px;
    margin: 6px;
    padding: 8px;
    border: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder));
    background: var(--vscode-editorWidget-background);
    color: var(--vscode-editorWidget-foreground, var(--vscode-foreground));
  }
  .cell:focus-visible,
  .cell:focus-within {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: 0;
  }
  button {
    font: inherit;
    cursor: pointer;
  }
  button:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
  }
  .picture {
    display: flex;
    align-items: center;
    justify-content: center;
    flex: none;
    width: 100%;
    height: 128px;
    padding: 0;
    border: none;
    background: transparent;
  }
  img {
    max-width: 100%;
    max-height: 128px;
    min-height: min(128px, 100%);
    object-fit: contain;
  }
  img.small {
    image-rendering: pixelated;
  }
  .name {
    flex: none;
    padding: 0;
    border: none;
    background: transparent;
    color: var(--vscode-descriptionForeground);
    text-align: left;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    /* The file's name is what tells pictures apart, so it is the folder that is cut. */
    direction: rtl;
    text-align: left;
    unicode-bidi: plaintext;
  }
  button.name:hover {
    color: var(--vscode-textLink-foreground);
    text-decoration: underline;
  }
  .dirty {
    color: var(--vscode-foreground);
  }
  textarea {
    flex: none;
    box-sizing: border-box;
    width: 100%;
    height: 62px;
    padding: 4px 6px;
    resize: none;
    border: 1px solid var(--vscode-input-border, var(--vscode-panel-border, transparent));
    background: var(--vscode-input-background);
    color: var(--vscode-input-foreground);
    font: inherit;
    line-height: 1.35;
  }
  textarea::placeholder {
    color: var(--vscode-input-placeholderForeground);
  }
  textarea:focus {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: -1px;
  }
  .remark {
    display: flex;
    flex-direction: column;
    align-items: flex-start;
    gap: 2px;
    flex: 1;
    min-height: 0;
    margin: 0;
    padding-left: 6px;
    border-left: 3px solid var(--vscode-editorInfo-foreground);
    font-size: 0.92em;
  }
  .remark.warning {
    border-color: var(--vscode-editorWarning-foreground);
  }
  .remark.error {
    border-color: var(--vscode-editorError-foreground);
  }
  .remark .text {
    display: -webkit-box;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 2;
    overflow: hidden;
    overflow-wrap: anywhere;
  }
  .fix {
    padding: 0;
    border: none;
    background: transparent;
    color: var(--vscode-textLink-foreground);
    text-align: left;
  }
  .fix:hover {
    text-decoration: underline;
  }
  .waiting {
    opacity: 0.5;
  }
`;

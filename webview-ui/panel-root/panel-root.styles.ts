import { css } from 'lit';

/** Beside the styles of every page. */
export const panelRootStyles = css`
  :host {
    min-height: 100vh;
  }
  main {
    gap: 12px;
    padding: 16px 0;
    max-width: 560px;
    margin: 0 auto;
  }
  .where {
    margin-top: 4px;
  }
  .reasons {
    margin: 0;
    padding-left: 1.4em;
    color: var(--vscode-descriptionForeground);
    overflow-wrap: anywhere;
  }
  .error vscode-button {
    margin-top: 8px;
  }
  .error p {
    margin: 0;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  summary {
    cursor: pointer;
    font-weight: 600;
  }
  summary:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: 2px;
  }
  pre {
    margin: 8px 0 0;
    border: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder));
    padding: 8px;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
    font-family: var(--vscode-editor-font-family);
    font-size: var(--vscode-editor-font-size);
    color: var(--vscode-editor-foreground);
    background: var(--vscode-editor-background);
  }
`;

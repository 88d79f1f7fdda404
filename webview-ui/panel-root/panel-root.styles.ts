import { css } from 'lit';

/** Theme colours only: the panel is part of the editor. */
export const panelRootStyles = css`
  :host {
    display: block;
    min-height: 100vh;
    background: var(--vscode-editor-background);
    color: var(--vscode-foreground);
    font-family: var(--vscode-font-family);
    font-size: var(--vscode-font-size);
    font-weight: var(--vscode-font-weight);
  }
  main {
    display: flex;
    flex-direction: column;
    gap: 12px;
    padding: 16px 0;
    max-width: 560px;
    margin: 0 auto;
  }
  h1 {
    margin: 0;
    font-size: 1.5em;
    font-weight: 600;
    overflow-wrap: anywhere;
  }
  .where {
    display: flex;
    align-items: center;
    gap: 8px;
    margin: 4px 0 0;
    color: var(--vscode-descriptionForeground);
  }
  .reasons {
    margin: 0;
    padding-left: 1.4em;
    color: var(--vscode-descriptionForeground);
    overflow-wrap: anywhere;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
  }
  .error {
    padding: 8px 12px;
    border: 1px solid var(--vscode-inputValidation-errorBorder);
    background: var(--vscode-inputValidation-errorBackground);
    color: var(--vscode-inputValidation-errorForeground, var(--vscode-foreground));
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
  .announcement {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;

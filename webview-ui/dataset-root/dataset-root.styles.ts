import { css } from 'lit';

/** Theme colours only: the panel is part of the editor. */
export const datasetRootStyles = css`
  :host {
    display: block;
    background: var(--vscode-editor-background);
    color: var(--vscode-foreground);
    font-family: var(--vscode-font-family);
    font-size: var(--vscode-font-size);
    font-weight: var(--vscode-font-weight);
  }
  main {
    display: flex;
    flex-direction: column;
    height: 100vh;
  }
  header {
    display: grid;
    grid-template-columns: 1fr auto;
    align-items: center;
    gap: 8px 16px;
    padding: 12px 4px;
  }
  h1 {
    margin: 0;
    font-size: 1.3em;
    font-weight: 600;
    overflow-wrap: anywhere;
  }
  .counts {
    margin: 0;
    color: var(--vscode-descriptionForeground);
    font-variant-numeric: tabular-nums;
    text-align: right;
  }
  .filter,
  .actions,
  .shows {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
  }
  .shows {
    gap: 0;
  }
  .search {
    width: 240px;
  }
  .shows button {
    padding: 4px 10px;
    border: 1px solid var(--vscode-button-border, var(--vscode-panel-border, var(--vscode-contrastBorder)));
    background: transparent;
    color: var(--vscode-foreground);
    font: inherit;
    cursor: pointer;
  }
  .shows button + button {
    border-left: none;
  }
  .shows button:hover {
    background: var(--vscode-list-hoverBackground);
  }
  .shows button[aria-pressed='true'] {
    background: var(--vscode-list-activeSelectionBackground);
    color: var(--vscode-list-activeSelectionForeground);
    outline: 1px solid var(--vscode-contrastActiveBorder, transparent);
    outline-offset: -2px;
  }
  .shows button:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: -1px;
  }
  .number {
    margin-left: 6px;
    font-variant-numeric: tabular-nums;
  }
  .progress {
    grid-column: 1 / -1;
  }
  .progress p {
    margin: 4px 0 0;
    color: var(--vscode-descriptionForeground);
    font-variant-numeric: tabular-nums;
  }
  .problem {
    grid-column: 1 / -1;
    margin: 0;
    padding: 8px 12px;
    border: 1px solid var(--vscode-inputValidation-errorBorder);
    background: var(--vscode-inputValidation-errorBackground);
    color: var(--vscode-inputValidation-errorForeground, var(--vscode-foreground));
  }
  dataset-grid {
    flex: 1;
    min-height: 0;
  }
  .announcement {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (prefers-reduced-motion: reduce) {
    vscode-progress-bar::part(indicator) {
      animation: none;
      transition: none;
    }
  }
`;

import { css } from 'lit';

/** Beside the styles of every page. */
export const datasetRootStyles = css`
  main {
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
    font-size: 1.3em;
  }
  .counts {
    margin: 0;
    color: var(--vscode-descriptionForeground);
    font-variant-numeric: tabular-nums;
    text-align: right;
  }
  .filter,
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
  .progress,
  .error {
    grid-column: 1 / -1;
  }
  dataset-grid {
    flex: 1;
    min-height: 0;
  }
`;

import { css } from 'lit';

/** Beside the styles of every page. */
export const runRootStyles = css`
  :host {
    min-height: 100vh;
  }
  main {
    gap: 16px;
    padding: 16px 4px;
    max-width: 1200px;
    margin: 0 auto;
  }
  header {
    display: flex;
    flex-direction: column;
    gap: 8px;
  }
  h2 {
    margin: 0 0 8px;
    font-size: 1em;
    font-weight: 600;
  }
  .error,
  .warning {
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  .charts {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(300px, 1fr));
    gap: 12px;
  }
  .note {
    margin: 0;
    color: var(--vscode-descriptionForeground);
  }
  dl {
    display: grid;
    grid-template-columns: max-content 1fr;
    gap: 4px 16px;
    margin: 0;
  }
  dt {
    color: var(--vscode-descriptionForeground);
  }
  dd {
    margin: 0;
    overflow-wrap: anywhere;
    font-variant-numeric: tabular-nums;
  }
`;

import { css } from 'lit';

/** What every page looks like. Theme colours only: a page is part of the editor. */
export const pageStyles = css`
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
    margin: 0;
    color: var(--vscode-descriptionForeground);
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
  }
  .progress p {
    margin: 4px 0 0;
    color: var(--vscode-descriptionForeground);
    font-variant-numeric: tabular-nums;
  }
  .error,
  .warning {
    margin: 0;
    padding: 8px 12px;
    border: 1px solid var(--vscode-inputValidation-errorBorder);
    background: var(--vscode-inputValidation-errorBackground);
    color: var(--vscode-inputValidation-errorForeground, var(--vscode-foreground));
  }
  .warning {
    border-color: var(--vscode-inputValidation-warningBorder);
    background: var(--vscode-inputValidation-warningBackground);
    color: var(--vscode-inputValidation-warningForeground, var(--vscode-foreground));
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

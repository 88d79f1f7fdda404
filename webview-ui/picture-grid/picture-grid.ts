import { LitElement, css, html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { PanelPicture } from '../../src/messages';

/** Sent when a picture is chosen; `detail` is its id. */
export type PictureChosen = CustomEvent<string>;

/**
 * A row of pictures to choose from, one tab stop: arrows, Home and End move inside it, Enter chooses. With `action`
 * (a verb such as "Use this one") each picture says what choosing it does.
 */
@customElement('picture-grid')
export class PictureGrid extends LitElement {
  static override readonly styles = css`
    h2 {
      margin: 0 0 8px;
      font-size: 1em;
      font-weight: 600;
    }
    ul {
      display: grid;
      grid-template-columns: repeat(auto-fill, minmax(108px, 1fr));
      gap: 8px;
      margin: 0;
      padding: 0;
      list-style: none;
    }
    button {
      display: flex;
      flex-direction: column;
      align-items: center;
      gap: 4px;
      box-sizing: border-box;
      width: 100%;
      padding: 8px;
      border: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder));
      background: var(--vscode-editorWidget-background);
      color: var(--vscode-foreground);
      font: inherit;
      cursor: pointer;
    }
    button:hover {
      background: var(--vscode-list-hoverBackground);
    }
    button:focus-visible {
      outline: 1px solid var(--vscode-focusBorder);
      outline-offset: 1px;
    }
    button[aria-pressed='true'] {
      border-color: var(--vscode-focusBorder);
    }
    img {
      width: 96px;
      height: 96px;
      object-fit: contain;
    }
    .caption {
      max-width: 100%;
      overflow: hidden;
      text-overflow: ellipsis;
      white-space: nowrap;
      color: var(--vscode-descriptionForeground);
    }
    .action {
      color: var(--vscode-textLink-foreground);
    }
  `;

  @property({ attribute: false }) heading = '';
  @property({ attribute: false }) pictures: PanelPicture[] = [];
  @property({ attribute: false }) selected: string | null = null;
  @property({ attribute: false }) action: string | null = null;
  @property({ attribute: false }) private focused = 0;

  protected override render() {
    const stop = Math.min(this.focused, this.pictures.length - 1);
    return html`<h2 id="heading">${this.heading}</h2>
      <ul aria-labelledby="heading" @keydown=${this.move}>
        ${this.pictures.map((picture, index) => html`<li>${this.renderPicture(picture, index, index === stop ? 0 : -1)}</li>`)}
      </ul>`;
  }

  private renderPicture(picture: PanelPicture, index: number, tabIndex: number) {
    const choose = () => {
      this.focused = index;
      this.dispatchEvent(new CustomEvent('picture-chosen', { detail: picture.id }));
    };
    return html`<button tabindex=${tabIndex} aria-pressed=${this.selected === null ? nothing : picture.id === this.selected} @click=${choose}>
      <img src=${picture.uri} alt=${picture.alt} width="96" height="96" />
      <span class="caption">${picture.caption}</span>
      ${this.action === null ? nothing : html`<span class="action">${this.action}</span>`}
    </button>`;
  }

  private move(event: KeyboardEvent): void {
    const last = this.pictures.length - 1;
    const target = { ArrowRight: this.focused + 1, ArrowDown: this.focused + 1, ArrowLeft: this.focused - 1, ArrowUp: this.focused - 1, Home: 0, End: last }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    this.focused = Math.max(0, Math.min(last, target));
    this.renderRoot.querySelectorAll('button')[this.focused]?.focus();
  }
}

import '@vscode-elements/elements/dist/vscode-progress-bar/index.js';
import { LitElement, css, html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { PanelJob, PanelLabels, PanelPicture } from '../../src/messages';

/** The big picture: the file on disk, or the live preview while a job draws; below it how far the job is. */
@customElement('picture-stage')
export class PictureStage extends LitElement {
  static override readonly styles = css`
    :host {
      display: block;
    }
    .frame {
      display: flex;
      align-items: center;
      justify-content: center;
      min-height: 256px;
      border: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder));
      background: var(--vscode-editorWidget-background);
    }
    img {
      max-width: 100%;
      max-height: 70vh;
      /* A 64-pixel icon is shown large: whole pixels, not a blur. */
      min-width: min(256px, 100%);
      object-fit: contain;
      image-rendering: pixelated;
    }
    img.large {
      image-rendering: auto;
    }
    p.empty {
      margin: 16px;
      color: var(--vscode-descriptionForeground);
      text-align: center;
    }
    .progress {
      margin-top: 4px;
    }
    .progress p {
      margin: 4px 0 0;
      color: var(--vscode-descriptionForeground);
      font-variant-numeric: tabular-nums;
    }
    @media (prefers-reduced-motion: reduce) {
      vscode-progress-bar::part(indicator) {
        animation: none;
        transition: none;
      }
    }
  `;

  @property({ attribute: false }) picture: PanelPicture | null = null;
  @property({ attribute: false }) preview: string | null = null;
  @property({ attribute: false }) job: PanelJob | null = null;
  @property({ attribute: false }) labels!: PanelLabels;

  protected override render() {
    return html`<div class="frame">${this.renderPicture()}</div>
      ${this.job ? this.renderJob(this.job) : nothing}`;
  }

  private renderPicture() {
    if (this.job && this.preview !== null) return html`<img class="preview" src=${this.preview} alt=${this.labels.preview} @load=${smoothIfLarge} />`;
    if (this.picture) return html`<img class="picture" src=${this.picture.uri} alt=${this.picture.alt} @load=${smoothIfLarge} />`;
    return html`<p class="empty">${this.labels.empty}</p>`;
  }

  private renderJob(job: PanelJob) {
    return html`<div class="progress">
      <vscode-progress-bar aria-label=${this.labels.progress} max=${job.steps || 1} ?indeterminate=${job.steps === 0} .value=${job.step}></vscode-progress-bar>
      <p>${job.label}</p>
    </div>`;
  }
}

function smoothIfLarge({ currentTarget }: Event): void {
  const image = currentTarget as HTMLImageElement;
  image.classList.toggle('large', image.naturalWidth > 192);
}

import { LitElement, css, html } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { RunLabels, RunSample } from '../../src/messages';

/** The same prompts and seeds as the run goes on, each with the tokens beside the picture without. A slider goes back in time. */
@customElement('run-samples')
export class RunSamples extends LitElement {
  static override readonly styles = css`
    h2 {
      margin: 0 0 8px;
      font-size: 1em;
      font-weight: 600;
    }
    .time {
      display: flex;
      align-items: center;
      gap: 8px;
      margin-bottom: 8px;
      font-variant-numeric: tabular-nums;
    }
    input {
      flex: 1;
      max-width: 320px;
      accent-color: var(--vscode-focusBorder);
    }
    input:focus-visible {
      outline: 1px solid var(--vscode-focusBorder);
      outline-offset: 2px;
    }
    .empty {
      margin: 0;
      color: var(--vscode-descriptionForeground);
    }
    ul {
      display: grid;
      grid-template-columns: repeat(auto-fill, minmax(296px, 1fr));
      gap: 12px;
      margin: 0;
      padding: 0;
      list-style: none;
    }
    li {
      padding: 8px;
      border: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder));
      background: var(--vscode-editorWidget-background);
      color: var(--vscode-editorWidget-foreground, var(--vscode-foreground));
    }
    .pair {
      display: flex;
      gap: 8px;
    }
    figure {
      flex: 1;
      min-width: 0;
      margin: 0;
    }
    img {
      display: block;
      width: 100%;
      aspect-ratio: 1;
      object-fit: contain;
      background: var(--vscode-editor-background);
    }
    img.small {
      image-rendering: pixelated;
    }
    figcaption {
      color: var(--vscode-descriptionForeground);
    }
    .prompt {
      margin: 4px 0 0;
      overflow-wrap: anywhere;
    }
    .seed {
      color: var(--vscode-descriptionForeground);
      font-variant-numeric: tabular-nums;
    }
  `;

  @property({ attribute: false }) labels!: RunLabels;
  @property({ attribute: false }) samples: readonly RunSample[] = [];
  /** Place among the steps that have samples; `null` follows the newest. */
  @property({ attribute: false }) private chosen: number | null = null;

  protected override render() {
    const steps = [...new Set(this.samples.map(({ step }) => step))].sort((a, b) => a - b);
    if (steps.length === 0) return html`<h2>${this.labels.samples}</h2><p class="empty">${this.labels.noSamples}</p>`;
    const place = Math.min(this.chosen ?? steps.length - 1, steps.length - 1);
    const step = steps[place];
    // A prompt that was drawn twice at one step shows its newer picture.
    const shown = [...new Map(this.samples.filter((sample) => sample.step === step).map((sample) => [`${sample.prompt}\n${sample.seed}`, sample])).values()];
    return html`<h2>${this.labels.samples}</h2>
      ${steps.length > 1
        ? html`<div class="time">
            <label for="step">${this.labels.sampleStep} ${step}</label>
            <input id="step" type="range" min="0" max=${steps.length - 1} step="1" .value=${String(place)} aria-valuetext=${String(step)} @input=${(event: Event) => this.choose(Number((event.target as HTMLInputElement).value), steps.length)} />
          </div>`
        : html`<p class="empty">${this.labels.sampleStep} ${step}</p>`}
      <ul>
        ${shown.map((sample) => html`<li>
          <div class="pair">${this.picture(sample.withoutTokens, this.labels.withoutTokens, sample)}${this.picture(sample.withTokens, this.labels.withTokens, sample)}</div>
          <p class="prompt">${sample.prompt} <span class="seed">· ${sample.seed}</span></p>
        </li>`)}
      </ul>`;
  }

  private picture(uri: string, caption: string, { prompt }: RunSample) {
    return html`<figure>
      <img src=${uri} alt=${`${prompt}, ${caption}`} @load=${sharpIfSmall} />
      <figcaption>${caption}</figcaption>
    </figure>`;
  }

  /** At the newest it stays with the newest. */
  private choose(place: number, count: number): void {
    this.chosen = place === count - 1 ? null : place;
  }
}

function sharpIfSmall({ currentTarget }: Event): void {
  const image = currentTarget as HTMLImageElement;
  image.classList.toggle('small', image.naturalWidth <= 192);
}

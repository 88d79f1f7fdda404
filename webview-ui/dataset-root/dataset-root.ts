import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-progress-bar/index.js';
import '@vscode-elements/elements/dist/vscode-textfield/index.js';
import { LitElement, html, nothing, type PropertyValues } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { DatasetCell, DatasetFilter, DatasetLabels, DatasetShow, DatasetState, DatasetToHost, EncodedPicture } from '../../src/messages';
import '../dataset-grid/dataset-grid';
import type { DatasetGrid } from '../dataset-grid/dataset-grid';
import { pageStyles } from '../page.styles';
import { datasetRootStyles } from './dataset-root.styles';

declare global {
  interface HTMLElementEventMap {
    'dataset-request': CustomEvent<DatasetToHost>;
  }
}

/** How long typing into the search box must pause before the editor is asked, in milliseconds. */
const TYPING_PAUSE = 150;

/** The whole panel: what the dataset counts, the filter, and the grid. */
@customElement('easel-dataset')
export class DatasetRoot extends LitElement {
  static override readonly styles = [pageStyles, datasetRootStyles];

  @property({ attribute: false }) labels: DatasetLabels | null = null;
  @property({ attribute: false }) state: DatasetState | null = null;
  @property({ attribute: false }) cells: { version: number; from: number; cells: DatasetCell[] } = { version: -1, from: 0, cells: [] };
  @property({ attribute: false }) private thumbnails: ReadonlyMap<number, string> = new Map();
  private typing: ReturnType<typeof setTimeout> | undefined;
  /** What the search box says, until the editor says it too: a state that was on its way does not take letters back. */
  private typed: string | null = null;

  /** A picture that was made small; its memory is given back when it has left the screen. */
  takeThumbnail(id: number, { data, mimeType }: EncodedPicture): void {
    const old = this.thumbnails.get(id);
    if (old !== undefined) URL.revokeObjectURL(old);
    this.thumbnails = new Map(this.thumbnails).set(id, URL.createObjectURL(new Blob([Uint8Array.from(data)], { type: mimeType })));
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (this.state?.memory.filter.text === this.typed) this.typed = null;
    if (!changed.has('cells')) return;
    const here = new Set(this.cells.cells.map(({ id }) => id));
    for (const [id, url] of this.thumbnails) if (!here.has(id)) URL.revokeObjectURL(url);
    this.thumbnails = new Map([...this.thumbnails].filter(([id]) => here.has(id)));
  }

  protected override render() {
    const { labels, state } = this;
    if (!labels || !state) return nothing;
    return html`<main>
      <header>
        <h1>${state.title}</h1>
        <p class="counts">${state.counts ?? nothing}</p>
        ${this.renderFilter(labels, state)}
        <div class="actions">
          <vscode-button class="undo" secondary ?disabled=${!state.canUndo} @click=${() => this.request({ type: 'undo' })}>${labels.undo}</vscode-button>
          ${state.canCheck ? html`<vscode-button class="check" secondary @click=${() => this.request({ type: 'check-pictures' })}>${labels.check}</vscode-button>` : nothing}
          <vscode-button class="train" @click=${() => this.request({ type: 'train' })}>${labels.train}</vscode-button>
        </div>
        ${state.progress
          ? html`<div class="progress">
              <vscode-progress-bar aria-label=${labels.progress} max=${state.progress.total || 1} ?indeterminate=${state.progress.total === 0} .value=${state.progress.done}></vscode-progress-bar>
              <p>${state.progress.label} ${state.progress.total === 0 ? number(state.progress.done) : `${number(state.progress.done)} / ${number(state.progress.total)}`}</p>
            </div>`
          : nothing}
        ${state.problem === null ? nothing : html`<p class="error" role="alert">${state.problem}</p>`}
      </header>
      <dataset-grid
        .labels=${labels}
        .total=${state.total}
        .version=${state.version}
        .cells=${this.cells}
        .thumbnails=${this.thumbnails}
        .isEmpty=${state.total === 0 && state.counts !== null}
      ></dataset-grid>
      <div class="announcement" role="status" aria-live="polite">${state.announcement}</div>
    </main>`;
  }

  private renderFilter(labels: DatasetLabels, { memory, numbers }: DatasetState) {
    const { filter } = memory;
    const shows: [DatasetShow, string, number | undefined][] = [
      ['all', labels.showAll, numbers?.all],
      ['without', labels.showWithout, numbers?.without],
      ['remarks', labels.showRemarks, numbers?.remarks],
    ];
    return html`<div class="filter">
      <vscode-textfield class="search" type="search" label=${labels.search} placeholder=${labels.search} .value=${this.typed ?? filter.text}
        @input=${({ currentTarget }: Event) => this.search((currentTarget as HTMLInputElement).value)}></vscode-textfield>
      <div class="shows" role="group" aria-label=${labels.pictures}>
        ${shows.map(([show, label, count]) => html`<button class=${show} aria-pressed=${filter.show === show} @click=${() => this.filterBy({ ...filter, show })}>
          ${label}${count === undefined ? nothing : html`<span class="number">${number(count)}</span>`}
        </button>`)}
      </div>
    </div>`;
  }

  private search(text: string): void {
    this.typed = text;
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.state && this.filterBy({ ...this.state.memory.filter, text }), TYPING_PAUSE);
  }

  private filterBy(filter: DatasetFilter): void {
    this.renderRoot.querySelector<DatasetGrid>('dataset-grid')?.toTop();
    this.request({ type: 'filter', filter });
  }

  private request(detail: DatasetToHost): void {
    this.dispatchEvent(new CustomEvent('dataset-request', { detail }));
  }
}

function number(count: number): string {
  return count.toLocaleString(document.documentElement.lang || 'en');
}

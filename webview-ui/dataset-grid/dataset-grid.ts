import { LitElement, html, noChange, nothing, type PropertyValues } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { repeat } from 'lit/directives/repeat.js';
import { WINDOW_AT_MOST, type DatasetCell, type DatasetLabels, type DatasetToHost } from '../../src/messages';
import { datasetGridStyles } from './dataset-grid.styles';
import { CELL_HEIGHT, CELL_WIDTH, layOut, type Layout } from './layout';

/** Rows above and below the screen that are there already when one scrolls. */
const OVERSCAN = 2;

/**
 * Pictures with captions to edit. However many there are, only what is on the screen exists in the page; the editor is
 * asked for it as one scrolls. One tab stop: arrows move between pictures, Enter edits, Ctrl+Enter keeps the caption and
 * goes on to the next, Escape leaves it as it was.
 */
@customElement('dataset-grid')
export class DatasetGrid extends LitElement {
  static override readonly styles = datasetGridStyles;

  @property({ attribute: false }) labels!: DatasetLabels;
  @property({ attribute: false }) total = 0;
  @property({ attribute: false }) version = 0;
  @property({ attribute: false }) cells: { version: number; from: number; cells: DatasetCell[] } = { version: -1, from: 0, cells: [] };
  @property({ attribute: false }) thumbnails: ReadonlyMap<number, string> = new Map();
  @property({ attribute: false }) isEmpty = false;
  /** Place of the cell that has, or will get, the focus. */
  @property({ attribute: false }) private focused = 0;
  @property({ attribute: false }) private layout: Layout = layOut({ width: 0, height: 0, scrollTop: 0, total: 0 });
  /** What is being typed: where, and what the caption was. */
  private editing: { id: number; was: string } | null = null;
  @query('.scroller') private scroller!: HTMLElement;
  @query('.space') private space!: HTMLElement;
  @query('.rows') private rows!: HTMLElement;
  private asked = '';
  private moving = false;
  private readonly sizes = new ResizeObserver(() => this.measure());

  /** After another filter the beginning is what one wants to see. */
  toTop(): void {
    this.focused = 0;
    this.scroller.scrollTop = 0;
  }

  protected override firstUpdated(): void {
    this.sizes.observe(this.scroller);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.sizes.disconnect();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (this.hasUpdated && (changed.has('total') || changed.has('version'))) this.measure();
  }

  protected override updated(): void {
    // The policy refuses style attributes; setting a property from a script is none.
    this.space.style.height = `${this.layout.spaceHeight}px`;
    this.rows.style.transform = `translateY(${this.layout.top}px)`;
    this.look();
    if (this.moving) this.focusCell();
  }

  protected override render() {
    const { columns, rowCount, firstRow, rows } = this.layout;
    return html`
      ${this.isEmpty ? html`<p class="nothing">${this.labels.nothing}</p>` : nothing}
      <p id="keys" class="hidden">${this.labels.keys}</p>
      <div class="scroller" tabindex="-1" @scroll=${this.measure}>
        <div class="space">
          <div class="rows" role="grid" aria-label=${this.labels.pictures} aria-describedby="keys" aria-rowcount=${rowCount} aria-colcount=${columns} @keydown=${this.onKey} ?hidden=${this.total === 0}>
            ${repeat(Array.from({ length: rows }, (_, index) => firstRow + index), (row) => row, (row) => this.renderRow(row))}
          </div>
        </div>
      </div>
    `;
  }

  private renderRow(row: number) {
    const { columns } = this.layout;
    const places = Array.from({ length: columns }, (_, column) => row * columns + column).filter((place) => place < this.total);
    return html`<div class="row" role="row" aria-rowindex=${row + 1}>
      ${repeat(places, (place) => this.cellAt(place)?.id ?? -1 - place, (place) => this.renderCell(place, this.cellAt(place)))}
    </div>`;
  }

  private renderCell(place: number, cell: DatasetCell | undefined) {
    const tabIndex = place === Math.min(this.focused, this.total - 1) ? 0 : -1;
    const column = (place % this.layout.columns) + 1;
    if (!cell) return html`<div class="cell waiting" role="gridcell" data-place=${place} aria-colindex=${column} tabindex=${tabIndex} aria-busy="true"></div>`;
    const picture = cell.uri ?? this.thumbnails.get(cell.id);
    const [remark] = cell.remarks;
    return html`<div class="cell" role="gridcell" data-place=${place} aria-colindex=${column} tabindex=${tabIndex} @focusin=${() => (this.focused = place)}>
      <button class="picture" tabindex="-1" aria-label=${this.labels.pictureOf.replace('{0}', cell.name)} @click=${() => this.request({ type: 'open-picture', id: cell.id })}>
        ${picture === undefined ? nothing : html`<img src=${picture} alt=${cell.caption || cell.name} decoding="async" @load=${sharpIfSmall} />`}
      </button>
      ${cell.source === null
        ? html`<span class="name">${cell.name}</span>`
        : html`<button class="name" tabindex="-1" title=${cell.source} aria-label=${this.labels.openCaption.replace('{0}', cell.name)} @click=${() => this.request({ type: 'open-caption', id: cell.id })}>${cell.name}${cell.dirty ? html` <span class="dirty" title=${this.labels.unsaved}>●</span>` : nothing}</button>`}
      <textarea tabindex="-1" rows="3" spellcheck="false" aria-label=${this.labels.captionOf.replace('{0}', cell.name)} placeholder=${this.labels.noCaption}
        .value=${this.editing?.id === cell.id ? noChange : live(cell.caption)}
        @focus=${() => (this.editing = { id: cell.id, was: cell.caption })} @blur=${this.keep}></textarea>
      ${remark
        ? html`<p class="remark ${remark.severity}" title=${cell.remarks.map(({ message }) => message).join('\n')}>
            <span class="text">${remark.message}</span>
            ${remark.fix === null ? nothing : html`<button class="fix" tabindex="-1" @click=${() => this.request({ type: 'fix', id: cell.id, remark: 0 })}>${remark.fix}</button>`}
          </p>`
        : nothing}
    </div>`;
  }

  private cellAt(place: number): DatasetCell | undefined {
    return this.cells.cells[place - this.cells.from];
  }

  private readonly measure = (): void => {
    const { clientWidth: width, clientHeight: height, scrollTop } = this.scroller;
    this.layout = layOut({ width, height, scrollTop, total: this.total, overscan: OVERSCAN });
  };

  /** Asks for what is on the screen, once. */
  private look(): void {
    const { firstRow, rows, columns } = this.layout;
    const from = firstRow * columns;
    const count = Math.min(rows * columns, this.total - from, WINDOW_AT_MOST);
    const asked = `${this.version} ${from} ${count}`;
    if (count <= 0 || asked === this.asked) return;
    this.asked = asked;
    this.request({ type: 'look', from, count });
  }

  /** The caption as it was typed goes to the editor when the focus leaves it. */
  private readonly keep = ({ currentTarget }: Event): void => {
    const { editing } = this;
    const caption = (currentTarget as HTMLTextAreaElement).value;
    this.editing = null;
    if (editing && caption !== editing.was) this.request({ type: 'caption', id: editing.id, caption });
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    const target = event.composedPath()[0] as HTMLElement;
    if (target instanceof HTMLTextAreaElement) return this.onKeyInCaption(event, target);
    const { columns } = this.layout;
    const page = Math.max(1, Math.floor(this.scroller.clientHeight / CELL_HEIGHT)) * columns;
    const to = { ArrowRight: this.focused + 1, ArrowLeft: this.focused - 1, ArrowDown: this.focused + columns, ArrowUp: this.focused - columns, PageDown: this.focused + page, PageUp: this.focused - page, Home: 0, End: this.total - 1 }[event.key];
    if (to !== undefined) this.moveTo(to);
    else if ((event.ctrlKey || event.metaKey) && event.key === 'z') this.request({ type: 'undo' });
    else if ((event.key === 'Enter' || event.key === 'F2') && !(target instanceof HTMLButtonElement)) this.captionAt(this.focused)?.focus();
    else return;
    event.preventDefault();
  };

  private onKeyInCaption(event: KeyboardEvent, caption: HTMLTextAreaElement): void {
    if (event.key === 'Escape') {
      if (this.editing) caption.value = this.editing.was;
      this.focusCell();
    } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      caption.blur();
      this.moveTo(this.focused + 1);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private moveTo(place: number): void {
    this.focused = Math.max(0, Math.min(this.total - 1, place));
    this.moving = true;
    const { columns } = this.layout;
    const top = this.layout.offsetOfRow(Math.floor(this.focused / columns));
    const { scrollTop, clientHeight } = this.scroller;
    if (top < scrollTop) this.scroller.scrollTop = top;
    else if (top + CELL_HEIGHT > scrollTop + clientHeight) this.scroller.scrollTop = top + CELL_HEIGHT - clientHeight;
    this.measure();
    this.requestUpdate();
  }

  private focusCell(): void {
    const cell = this.renderRoot.querySelector<HTMLElement>(`[data-place='${this.focused}']`);
    if (!cell) return;
    this.moving = cell.classList.contains('waiting');
    cell.focus({ preventScroll: true });
  }

  private captionAt(place: number): HTMLTextAreaElement | null {
    return this.renderRoot.querySelector(`[data-place='${place}'] textarea`);
  }

  private request(detail: DatasetToHost): void {
    this.dispatchEvent(new CustomEvent('dataset-request', { detail, bubbles: true, composed: true }));
  }
}

/** A 64-pixel icon is shown in whole pixels, not as a blur. */
function sharpIfSmall({ currentTarget }: Event): void {
  const image = currentTarget as HTMLImageElement;
  image.classList.toggle('small', image.naturalWidth <= CELL_WIDTH / 2);
}

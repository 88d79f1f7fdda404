import { LitElement, css, html, unsafeCSS, type PropertyValues } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import uPlot from 'uplot';
import sheet from 'uplot/dist/uPlot.min.css';

/** One line of a chart. `values` go with the chart's steps; `null` is a gap. */
export interface ChartLine {
  readonly label: string;
  /** A theme colour's variable, such as `--vscode-charts-blue`. */
  readonly colour: string;
  readonly steps: readonly number[];
  readonly values: readonly (number | null)[];
  /** Few points are marked, many are not. */
  readonly marked?: boolean;
}

const HEIGHT = 150;
/** All charts of a page share their cursor. */
const TOGETHER = uPlot.sync('run');

/** One measure of a run over its steps. What it shows is said in words as well: its last values stand in its heading. */
@customElement('run-chart')
export class RunChart extends LitElement {
  static override readonly styles = [
    unsafeCSS(sheet),
    css`
      :host {
        display: block;
        min-width: 0;
      }
      figure {
        box-sizing: border-box;
        height: 100%;
        margin: 0;
        padding: 8px;
        border: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder));
        background: var(--vscode-editorWidget-background);
        color: var(--vscode-editorWidget-foreground, var(--vscode-foreground));
      }
      figcaption {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 0 12px;
        margin-bottom: 4px;
      }
      .name {
        font-weight: 600;
      }
      .hint {
        color: var(--vscode-descriptionForeground);
      }
      .value {
        font-variant-numeric: tabular-nums;
      }
      .value::before {
        content: '';
        display: inline-block;
        width: 12px;
        height: 3px;
        margin-right: 4px;
        vertical-align: middle;
        background: var(--line);
      }
      .value.blue {
        --line: var(--vscode-charts-blue);
      }
      .value.purple {
        --line: var(--vscode-charts-purple);
      }
      .u-wrap,
      .uplot {
        width: 100%;
        font-family: var(--vscode-font-family);
      }
    `,
  ];

  @property({ attribute: false }) heading = '';
  @property({ attribute: false }) hint = '';
  @property({ attribute: false }) lines: readonly ChartLine[] = [];
  @property({ attribute: false }) total = 0;
  @property({ attribute: false }) empty = '';
  @query('.plot') private place!: HTMLElement;
  private plot: uPlot | undefined;
  private shape = '';
  private readonly sizes = new ResizeObserver(() => this.resize());
  /** Colours come from the theme, and VS Code changes the page's class with it. */
  private readonly themes = new MutationObserver(() => this.rebuild());

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.sizes.disconnect();
    this.themes.disconnect();
    this.plot?.destroy();
    this.plot = undefined;
  }

  protected override firstUpdated(): void {
    this.sizes.observe(this.place);
    this.themes.observe(document.body, { attributeFilter: ['class'] });
  }

  protected override updated(changed: PropertyValues<this>): void {
    const shape = this.lines.map(({ label, marked }) => `${label} ${marked}`).join();
    if (shape !== this.shape || !this.plot) {
      this.shape = shape;
      this.rebuild();
    } else if (changed.has('lines') || changed.has('total')) this.plot.setData(this.data());
  }

  protected override render() {
    const shown = this.lines.map((line) => ({ line, last: line.values.findLast((value) => value !== null) }));
    const said = shown.map(({ line, last }) => `${line.label} ${last === undefined || last === null ? '–' : short(last)}`).join(', ');
    return html`<figure>
      <figcaption>
        <span class="name">${this.heading}</span>
        ${this.hint ? html`<span class="hint">${this.hint}</span>` : ''}
        ${shown.map(({ line, last }) => html`<span class="value ${line.colour.replace('--vscode-charts-', '')}">${this.lines.length > 1 ? `${line.label} ` : ''}${last === undefined || last === null ? '–' : short(last)}</span>`)}
      </figcaption>
      <div class="plot" role="img" aria-label=${`${this.heading}: ${said || this.empty}`}></div>
    </figure>`;
  }

  private rebuild(): void {
    this.plot?.destroy();
    const style = getComputedStyle(this);
    const colour = (name: string) => style.getPropertyValue(name).trim() || style.color;
    const axis: uPlot.Axis = {
      stroke: colour('--vscode-descriptionForeground'),
      grid: { stroke: colour('--vscode-editorIndentGuide-background1'), width: 1 },
      ticks: { show: false },
      font: `11px ${style.fontFamily}`,
    };
    this.plot = new uPlot(
      {
        width: Math.max(120, this.place.clientWidth),
        height: HEIGHT,
        legend: { show: false },
        cursor: { sync: { key: TOGETHER.key }, drag: { x: false, y: false }, points: { show: true } },
        scales: { x: { time: false, range: (_, min, max) => [Math.min(min ?? 0, 0), Math.max(this.total, max ?? 1, 1)] } },
        axes: [{ ...axis, size: 24 }, { ...axis, size: 52, values: (_, ticks) => ticks.map((tick) => short(tick)) }],
        series: [
          {},
          ...this.lines.map(({ colour: name, label, marked }): uPlot.Series => ({ label, stroke: colour(name), width: 1.5, spanGaps: true, points: { show: marked ?? false, size: 6 } })),
        ],
      },
      this.data(),
      this.place,
    );
  }

  /** Lines that were measured at other steps than each other, over all their steps. */
  private data(): uPlot.AlignedData {
    const [first, ...others] = this.lines.map(({ steps, values }) => [[...steps], [...values]] as uPlot.AlignedData);
    return first === undefined ? [[]] : others.length === 0 ? first : uPlot.join([first, ...others]);
  }

  private resize(): void {
    this.plot?.setSize({ width: Math.max(120, this.place.clientWidth), height: HEIGHT });
  }
}

/** A number as short as it can be told apart by. */
function short(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return '0';
  if (size >= 1e5 || size < 1e-3) return value.toExponential(1).replace('e+', 'e');
  return String(Number(value.toPrecision(3)));
}

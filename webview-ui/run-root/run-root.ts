import '@vscode-elements/elements/dist/vscode-badge/index.js';
import '@vscode-elements/elements/dist/vscode-button/index.js';
import '@vscode-elements/elements/dist/vscode-progress-bar/index.js';
import { LitElement, html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { RunLabels, RunState, RunToHost } from '../../src/messages';
import type { ChartLine } from '../run-chart/run-chart';
import '../run-chart/run-chart';
import '../run-samples/run-samples';
import { pageStyles } from '../page.styles';
import { runRootStyles } from './run-root.styles';

declare global {
  interface HTMLElementEventMap {
    'run-request': CustomEvent<RunToHost>;
  }
}

const BLUE = '--vscode-charts-blue';
const PURPLE = '--vscode-charts-purple';
/** Buttons that stand out: what one most likely wants now. */
const PRIMARY = new Set(['start', 'resume', 'use', 'new-run']);

/** The whole panel: how the run goes, what may be done with it, its charts and its pictures. */
@customElement('easel-run')
export class RunRoot extends LitElement {
  static override readonly styles = [pageStyles, runRootStyles];

  @property({ attribute: false }) labels: RunLabels | null = null;
  @property({ attribute: false }) state: RunState | null = null;

  protected override render() {
    const { labels, state } = this;
    if (!labels || !state) return nothing;
    return html`
      <main>
        <header>
          <h1>${state.name}</h1>
          <p class="where">${state.where} <vscode-badge class="phase ${state.phase}">${state.phaseLabel}</vscode-badge></p>
          ${this.renderProgress(labels, state)}
          <div class="actions">
            ${state.actions.map(({ id, label }) => html`<vscode-button class=${id} ?secondary=${!PRIMARY.has(id)} @click=${() => this.dispatchEvent(new CustomEvent('run-request', { detail: { type: 'act', action: id } }))}>${label}</vscode-button>`)}
          </div>
          ${state.error === null ? nothing : html`<p class="error" role="alert">${state.error}</p>`}
          ${state.warnings.map((warning) => html`<p class="warning" role="note">${warning}</p>`)}
        </header>
        ${state.points.step.length === 0
          ? html`<p class="note">${labels.noPoints}</p>`
          : html`<section class="charts" aria-label=${labels.charts}>${this.renderCharts(labels, state)}</section>`}
        ${state.stepsPerPoint > 1 ? html`<p class="note">${labels.averaged.replace('{0}', String(state.stepsPerPoint))}</p>` : nothing}
        <run-samples .labels=${labels} .samples=${state.samples}></run-samples>
        <section>
          <h2>${labels.facts}</h2>
          <dl>${state.facts.map(({ name, value }) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
        </section>
      </main>
      <div class="announcement" role="status" aria-live="polite">${state.announcement}</div>
    `;
  }

  private renderProgress(labels: RunLabels, { progress }: RunState) {
    if (!progress) return nothing;
    return html`<div class="progress">
      <vscode-progress-bar aria-label=${labels.progress} max=${progress.total || 1} ?indeterminate=${progress.total === 0} .value=${progress.done}></vscode-progress-bar>
      <p>${progress.label}</p>
    </div>`;
  }

  private renderCharts(labels: RunLabels, { points, validation, progress }: RunState) {
    const line = (label: string, values: readonly (number | null)[]): ChartLine => ({ label, colour: BLUE, steps: points.step, values });
    const held = (label: string, values: readonly (number | null)[]): ChartLine => ({ label, colour: PURPLE, steps: validation.step, values, marked: true });
    const charts: [string, string, ChartLine[]][] = [
      [labels.loss, '', [line(labels.loss, points.loss)]],
      [labels.matchedRank, labels.matchedRankHint, [line(labels.matchedRank, points.matchedRank)]],
      // Small sets hold too few pictures out to judge by.
      ...(validation.step.length > 0 ? [[labels.accuracy, '', [held(labels.accuracy, validation.accuracy)]] satisfies [string, string, ChartLine[]]] : []),
      [labels.gradientNorm, '', [line(labels.gradientNorm, points.gradientNorm)]],
      [labels.learningRate, '', [line(labels.learningRate, points.learningRate)]],
      [labels.tokenCosine, labels.tokenCosineHint, [line(labels.tokenCosine, points.tokenCosine)]],
    ];
    const total = progress?.total ?? 0;
    return charts.map(([heading, hint, lines]) => html`<run-chart .heading=${heading} .hint=${hint} .lines=${lines} .total=${total} .empty=${labels.noPoints}></run-chart>`);
  }
}

import '@vscode-elements/elements/dist/vscode-badge/index.js';
import '@vscode-elements/elements/dist/vscode-button/index.js';
import { LitElement, html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { PanelLabels, PanelState, PanelToHost } from '../../src/messages';
import '../picture-grid/picture-grid';
import type { PictureChosen } from '../picture-grid/picture-grid';
import '../picture-stage/picture-stage';
import { pageStyles } from '../page.styles';
import { panelRootStyles } from './panel-root.styles';

declare global {
  interface HTMLElementEventMap {
    'panel-request': CustomEvent<PanelToHost>;
  }
}

/** The whole panel: one block's picture, what may be done with it, and how its job goes. */
@customElement('easel-panel')
export class PanelRoot extends LitElement {
  static override readonly styles = [pageStyles, panelRootStyles];

  @property({ attribute: false }) labels: PanelLabels | null = null;
  @property({ attribute: false }) state: PanelState | null = null;
  /** Object URL of the newest live preview. */
  @property({ attribute: false }) preview: string | null = null;
  /** Which of the block's pictures is on the stage. */
  @property({ attribute: false }) chosen = '';

  protected override render() {
    const { labels, state } = this;
    if (!labels || !state) return nothing;
    const picture = state.pictures.find(({ id }) => id === this.chosen) ?? state.pictures[0] ?? null;
    return html`
      <main>
        <header>
          <h1>${state.block}</h1>
          <p class="where">
            ${state.file}
            <vscode-badge class="state ${state.state}" variant="default">${state.stateLabel}</vscode-badge>
          </p>
        </header>
        ${state.reasons.length > 0
          ? html`<ul class="reasons" aria-label=${state.stateLabel}>${state.reasons.map((reason) => html`<li>${reason}</li>`)}</ul>`
          : nothing}
        <picture-stage .picture=${picture} .preview=${this.preview} .job=${state.job} .labels=${labels}></picture-stage>
        ${this.renderActions(labels, state, picture?.id ?? null)} ${this.renderError(state)}
        ${state.pictures.length > 1
          ? html`<picture-grid .heading=${labels.pictures} .pictures=${state.pictures} .selected=${picture?.id ?? ''}
              @picture-chosen=${({ detail }: PictureChosen) => (this.chosen = detail)}></picture-grid>`
          : nothing}
        ${state.candidates.length > 0
          ? html`<picture-grid class="candidates" .heading=${labels.candidates} .pictures=${state.candidates} .action=${labels.useThisOne}
              @picture-chosen=${({ detail }: PictureChosen) => this.request({ type: 'use-this-one', picture: detail })}></picture-grid>`
          : nothing}
        ${picture?.infotext
          ? html`<details><summary>${labels.parameters}</summary><pre>${picture.infotext}</pre></details>`
          : nothing}
      </main>
      <div class="announcement" role="status" aria-live="polite">${state.announcement}</div>
    `;
  }

  private renderActions(labels: PanelLabels, state: PanelState, picture: string | null) {
    if (state.job) {
      return html`<div class="actions">
        <vscode-button class="cancel" secondary ?disabled=${state.job.cancelling} aria-disabled=${String(state.job.cancelling)} @click=${() => this.request({ type: 'cancel' })}>
          ${state.job.cancelling ? labels.cancelling : labels.cancel}
        </vscode-button>
      </div>`;
    }
    return html`<div class="actions">
      <vscode-button class="generate" @click=${() => this.request({ type: 'generate', count: 1 })}>${labels.generate}</vscode-button>
      <vscode-button class="generate-four" secondary @click=${() => this.request({ type: 'generate', count: 4 })}>${labels.generateFour}</vscode-button>
      ${picture === null
        ? nothing
        : html`
            <vscode-button class="copy" secondary @click=${() => this.request({ type: 'copy-infotext', picture })}>${labels.copyInfotext}</vscode-button>
            <vscode-button class="open" secondary @click=${() => this.request({ type: 'open-picture', picture })}>${labels.openPicture}</vscode-button>
            <vscode-button class="edit" secondary @click=${() => this.request({ type: 'edit-picture', picture })}>${labels.editPicture}</vscode-button>
          `}
    </div>`;
  }

  private renderError({ error }: PanelState) {
    if (!error) return nothing;
    return html`<div class="error" role="alert">
      <p>${error.message}</p>
      ${error.action
        ? html`<vscode-button class="error-action" secondary @click=${() => this.request({ type: 'error-action' })}>${error.action.label}</vscode-button>`
        : nothing}
    </div>`;
  }

  private request(detail: PanelToHost): void {
    this.dispatchEvent(new CustomEvent('panel-request', { detail }));
  }
}

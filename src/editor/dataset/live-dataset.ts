import { realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { EventEmitter, RelativePattern, Uri, l10n, workspace, type Disposable, type LogOutputChannel, type TextDocument } from 'vscode';
import { isCaptionText, isMetadataFile, lintDataset, lintPictures, readDataset, withCaptionRead, withCaptionText, type Dataset, type Lint } from '../../dataset';
import { toDiskPath } from '../disk-path';
import type { CaptionLimit } from './caption-limit';
import type { PictureInfos } from './picture-infos';

/** How long changes are gathered before the dataset is brought up to date, and quiet before it is linted; milliseconds. */
const SETTLE = 150;
const LINT_AFTER = 400;
/** More changed captions than this are read together with everything else. */
const ONE_BY_ONE = 20;
/** Sets larger than this have their pictures checked only when a person asks: it takes minutes. */
const CHECKED_UNASKED = 2_000;

export interface DatasetWork {
  readonly label: string;
  readonly done: number;
  /** 0 while it is not known. */
  readonly total: number;
}

/** A folder of captioned pictures, kept up to date with the disk and with what is typed into open editors, and linted. */
export class LiveDataset implements Disposable {
  dataset: Dataset | undefined;
  /** Why the folder cannot be read. */
  problem: string | undefined;
  lints: readonly Lint[] = [];
  /** What they were made of; the dataset as it is now may be newer. */
  linted: Dataset | undefined;
  /** What goes on now. */
  work: DatasetWork | undefined;
  /** The pictures themselves were looked at since they last changed. */
  arePicturesChecked = false;

  private readonly changed = new EventEmitter<'dataset' | 'lints' | 'work'>();
  readonly onDidChange = this.changed.event;
  private readonly subscriptions: Disposable[];
  private readonly ending = new AbortController();
  private linting: AbortController | undefined;
  private pictureLints: readonly Lint[] = [];
  private stale = true;
  private readonly changedCaptions = new Set<string>();
  private settling: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private lintTimer: NodeJS.Timeout | undefined;
  private wantsPictures = false;

  constructor(
    /** As it was opened; links in it are not resolved, so that its URIs are those of open editors. */
    readonly folder: string,
    private readonly infos: PictureInfos,
    private readonly limit: () => Promise<CaptionLimit | undefined>,
    private readonly log: LogOutputChannel,
  ) {
    const watcher = workspace.createFileSystemWatcher(new RelativePattern(Uri.file(folder), '**/*'));
    this.subscriptions = [
      this.changed,
      watcher,
      watcher.onDidCreate((uri) => this.heard(uri, true)),
      watcher.onDidDelete((uri) => this.heard(uri, true)),
      watcher.onDidChange((uri) => this.heard(uri, false)),
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => contentChanges.length > 0 && this.heard(document.uri, false)),
      workspace.onDidCloseTextDocument(({ uri }) => this.heard(uri, false)),
      workspace.onDidGrantWorkspaceTrust(() => this.lintSoon()),
    ];
    this.settle();
  }

  /** `file` is relative to the dataset's folder. */
  uriOf(file: string): Uri {
    return Uri.file(join(this.folder, file));
  }

  /** Relative, with forward slashes; `undefined` for what lies elsewhere. */
  fileOf(uri: Uri): string | undefined {
    const path = toDiskPath(uri);
    const file = path === undefined ? '..' : relative(this.folder, path);
    return file === '' || file.startsWith('..') || file.startsWith(sep) ? undefined : file.replaceAll(sep, '/');
  }

  /** The dataset with every change so far in it. */
  async settled(): Promise<void> {
    do {
      clearTimeout(this.timer);
      this.settle();
      await this.settling;
    } while (!this.ending.signal.aborted && (this.stale || this.changedCaptions.size > 0));
  }

  /** Looks at the pictures themselves, however many there are. */
  checkPictures(): void {
    this.wantsPictures = true;
    this.arePicturesChecked = false;
    this.lintSoon(0);
  }

  get isLarge(): boolean {
    return (this.dataset?.entries.length ?? 0) > CHECKED_UNASKED;
  }

  dispose(): void {
    this.ending.abort();
    this.linting?.abort();
    clearTimeout(this.timer);
    clearTimeout(this.lintTimer);
    this.subscriptions.forEach((one) => one.dispose());
  }

  private heard(uri: Uri, cameOrWent: boolean): void {
    const file = this.fileOf(uri);
    if (file === undefined || file.split('/').some((part) => part.startsWith('.'))) return;
    if (isCaptionText(file) || isMetadataFile(file)) this.changedCaptions.add(file);
    else if (cameOrWent || /\.(?:png|jpe?g|webp)$/i.test(file)) {
      this.infos.forget(join(this.folder, file));
      this.linting?.abort(); // it looks at the pictures as they were, and would call them checked
      this.arePicturesChecked = false;
      this.stale = true;
    } else return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.settle(), SETTLE);
  }

  /** Brings the dataset up to date; changes that come meanwhile follow. */
  private settle(): void {
    if (this.settling || (!this.stale && this.changedCaptions.size === 0)) return;
    this.settling = this.update()
      .catch((error: unknown) => {
        if (this.ending.signal.aborted) return;
        this.problem = error instanceof Error ? error.message : String(error);
        this.log.warn(this.problem);
        this.say('dataset');
      })
      .finally(() => {
        this.settling = undefined;
        this.work = undefined;
        if (!this.ending.signal.aborted) this.settle();
      });
  }

  private async update(): Promise<void> {
    const { signal } = this.ending;
    this.linting?.abort();
    if (!this.dataset || this.stale || this.changedCaptions.size > ONE_BY_ONE) {
      this.stale = false;
      this.changedCaptions.clear();
      this.dataset = await this.read(signal);
    } else {
      for (const file of [...this.changedCaptions]) {
        this.changedCaptions.delete(file);
        const typed = this.typed().get(file);
        this.dataset = await (typed ? withCaptionText(this.dataset, file, typed.getText(), signal) : withCaptionRead(this.dataset, file, signal));
      }
    }
    this.problem = undefined;
    this.work = undefined;
    this.say('dataset');
    this.lintSoon();
  }

  private async read(signal: AbortSignal): Promise<Dataset> {
    const started = performance.now();
    const root = await realpath(this.folder).catch(() => this.folder);
    const typed = new Map([...this.typed()].map(([file, document]) => [join(root, file), document]));
    let told = 0;
    const dataset = await readDataset(this.folder, {
      signal,
      openText: (path) => typed.get(path)?.getText(),
      onProgress: ({ phase, done, total }) => {
        if (performance.now() - told < 100) return;
        told = performance.now();
        this.work = { label: phase === 'listing' ? l10n.t('Listing the folder') : l10n.t('Reading captions'), done, total: total ?? 0 };
        this.say('work');
      },
    });
    this.log.info(`${this.folder}: ${dataset.entries.length} pictures read in ${(performance.now() - started).toFixed(0)} ms`);
    return dataset;
  }

  /** What is not saved yet, by file. Else the disk counts: an editor also shows what is no UTF-8, with other characters. */
  private typed(): Map<string, TextDocument> {
    return new Map(workspace.textDocuments.flatMap((document) => {
      const file = document.isDirty ? this.fileOf(document.uri) : undefined;
      return file === undefined ? [] : [[file, document] as const];
    }));
  }

  private lintSoon(delay = LINT_AFTER): void {
    this.linting?.abort();
    clearTimeout(this.lintTimer);
    this.lintTimer = setTimeout(() => {
      this.lint().catch((error: unknown) => {
        if (!(error instanceof Error && error.name === 'AbortError')) this.log.warn(`remarks on ${this.folder}: ${String(error)}`);
      });
    }, delay);
  }

  /** First what captions say, which is quick, then the pictures themselves, if they were not looked at yet. */
  private async lint(): Promise<void> {
    const { dataset } = this;
    if (!dataset || this.ending.signal.aborted) return;
    const controller = (this.linting = new AbortController());
    const { signal } = controller;
    const limit = await this.limit();
    const captionLints = await lintDataset(dataset, { ...limit, signal });
    signal.throwIfAborted();
    this.linted = dataset;
    this.lints = [...captionLints, ...this.pictureLints];
    this.say('lints');
    // Decoding runs in a process of its own, which Restricted Mode does not start.
    if (this.arePicturesChecked || !workspace.isTrusted || (this.isLarge && !this.wantsPictures)) return;
    try {
      this.pictureLints = await lintPictures(dataset, {
        readInfo: (path) => this.infos.read(path),
        signal,
        onProgress: ({ done, total }) => {
          const isTold = done % 50 === 0 || done === total;
          this.work = { label: l10n.t('Checking pictures'), done, total };
          if (isTold) this.say('work');
        },
      });
      signal.throwIfAborted();
      this.arePicturesChecked = true;
      this.lints = [...captionLints, ...this.pictureLints];
    } finally {
      if (this.linting === controller) this.work = undefined;
    }
    this.say('lints');
  }

  private say(what: 'dataset' | 'lints' | 'work'): void {
    if (!this.ending.signal.aborted) this.changed.fire(what);
  }
}

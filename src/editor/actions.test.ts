import assert from 'node:assert/strict';
import type { TextDocument } from 'vscode';
import { EngineError, type GenerateResult, type JobOptions } from '../engine/engine';
import { expand, type Block, type GenerateRequest } from '../prompt';
import { contextWith } from '../prompt/test-support';
import type { Actions } from './actions';
import type { BlockIdentity } from './block-identity';
import type { Jobs } from './jobs';
import type { PromptFiles } from './prompt-files';
import { FakeDocument, replaced, vscode } from './test-support/with-vscode';

const LAST_SEED = String(2n ** 64n - 1n);

describe('what can be asked of a block', () => {
  const context = contextWith();
  let document: TextDocument & FakeDocument;
  let files: PromptFiles;
  let jobs: Jobs;
  let actions: Actions;
  let drawn: GenerateRequest[];
  let candidates: (readonly string[])[];
  let refreshed: number;
  let restore: () => void;
  let lookedUp: number;
  /** What happens while the block's names are looked up, and while a picture is drawn. */
  let looking: () => Promise<void>;
  let drawing: (options: JobOptions) => Promise<void>;
  const blocks = () => files.parse(document)!.blocks as [Block, ...Block[]];
  const open = (text: string) => {
    document = new FakeDocument(text) as never;
    return blocks();
  };
  const paths = () => drawn.map(({ output }) => output.path);
  beforeEach(async () => {
    restore = replaced(vscode.workspace, { isTrusted: true });
    [drawn, candidates, refreshed, lookedUp] = [[], [], 0, 0];
    [looking, drawing] = [() => Promise.resolve(), () => Promise.resolve()];
    const { PromptFiles: Files } = await import('./prompt-files');
    const { Jobs: AllJobs } = await import('./jobs');
    const { Actions: All } = await import('./actions');
    files = new Files();
    const generateTogether = async (requests: readonly GenerateRequest[], options: JobOptions) => {
      drawn.push(...requests);
      await drawing(options);
      return requests.map(({ output }) => ({ path: output.path }) as GenerateResult);
    };
    jobs = new AllJobs({ generateTogether }, files.identities);
    const get = async () => {
      lookedUp += 1;
      await looking();
      return document.uri.scheme === 'file' ? { prompt: files.parse(document)!, context, root: '/project' } : undefined;
    };
    const set = (_block: BlockIdentity, tried: readonly string[]) => Promise.resolve(void candidates.push(tried));
    actions = new All(files.identities, { get } as never, jobs, { refresh: () => Promise.resolve(void (refreshed += 1)) } as never, { set } as never);
  });
  afterEach(() => {
    jobs.dispose();
    files.dispose();
    restore();
  });

  it('is to draw every picture where it belongs, after which there are no candidates', async () => {
    const [, star] = open('# heart\nred\n# star\nblue\nCount: 2, Seed: 7');
    const there = ['/project/art/icons/star-0.png', '/project/art/icons/star-1.png'];
    assert.deepEqual(await actions.generate(document, star!), there);
    assert.deepEqual([paths(), drawn.map(({ seed }) => seed), candidates, refreshed], [there, ['7', '8'], [[]], 1]);
  });

  it('is to try four seeds that follow each other, each to a file of its own that is not the block\'s', async () => {
    const [star] = open(`# star\n{red|green|blue|grey|pink|gold} star\nSeed: ${LAST_SEED}`);
    const tried = await actions.generateFour(document, star);
    assert.deepEqual(drawn.map(({ seed }) => seed), [LAST_SEED, '0', '1', '2']);
    // A seed chooses the words too, as it will when the block says it.
    assert.deepEqual(drawn.map(({ prompt }) => prompt), drawn.map(({ seed }) => expand(files.parse(document)!, star, contextWith({ overrides: { seed } })).requests[0]?.prompt));
    assert.ok(new Set(drawn.map(({ prompt }) => prompt)).size > 1);
    assert.deepEqual([tried, candidates, refreshed], [paths(), [paths()], 1]);
    await actions.generateFour(document, star);
    assert.equal(new Set(paths()).size, 8);
    for (const path of paths()) assert.match(path, /^\/project\/\.easel\/history\/candidates\/star-[\dTZ]+-[\da-f]{4}-[1-4]\.png$/);
  });

  it('is the first picture alone that four seeds are tried for', async () => {
    const [star] = open('# star\nblue\nmatrix: {cfg: [2, 4]}\nCount: 6, Seed: 7');
    await actions.generateFour(document, star);
    assert.deepEqual(drawn.map(({ guidanceScale, seed }) => [guidanceScale, seed]), [[2, '7'], [2, '8'], [2, '9'], [2, '10']]);
  });

  it('is nothing in an untrusted workspace: not even its models are looked at', async () => {
    vscode.workspace.isTrusted = false;
    const [star] = open('# star\nblue');
    for (const asked of [actions.generate(document, star), actions.generateFour(document, star)]) await assert.rejects(asked, { code: 'untrusted' });
    assert.deepEqual([lookedUp, drawn, candidates, (jobs.failure(document, star)?.error as EngineError).code], [0, [], [], 'untrusted']);
  });

  it('is done with the text as it is once names are looked up', async () => {
    const [heart] = open('# heart\nred');
    looking = () => Promise.resolve(void document.type('# new\nx\n# love\nred'));
    await actions.generate(document, heart);
    assert.deepEqual(paths(), ['/project/art/icons/love.png']);
    looking = () => Promise.resolve(void document.type('# other\ny'));
    await assert.rejects(actions.generate(document, heart), { code: 'bad-request', message: '{0} has no block {1} any more.' });
    assert.equal(drawn.length, 1);
  });

  it('is told why not in one line, which is kept with the block', async () => {
    const [empty, lost] = open('# empty\n# lost\nred\nModel: missing, Steps: 3, Seed: 1');
    await assert.rejects(actions.generate(document, empty), { code: 'bad-request', message: '{0} says no picture: write a prompt under its heading.' });
    await assert.rejects(actions.generateFour(document, lost!), { code: 'bad-request', message: /^lost: .*missing/ });
    assert.match(jobs.failure(document, lost!)?.error.message ?? '', /^lost: /);
    const [virtual] = open('# star\nred');
    Object.assign(document, { uri: { ...document.uri, scheme: 'git', toString: () => 'git:/x' } });
    await assert.rejects(actions.generate(document, virtual), { code: 'bad-request', message: /^\{0\} is not on this machine's disk/ });
    assert.deepEqual([drawn, refreshed], [[], 3]);
  });

  it('leaves candidates alone when drawing fails or is cancelled, looks at the pictures again, and keeps a failure only', async () => {
    const [star] = open('# star\nblue');
    const late = new AbortController();
    drawing = ({ signal }) => {
      late.abort();
      return signal?.aborted ? Promise.reject(new EngineError('cancelled', 'cancelled')) : Promise.resolve();
    };
    await assert.rejects(actions.generate(document, star, late.signal), { code: 'cancelled' });
    assert.deepEqual([candidates, refreshed, jobs.failure(document, star)], [[], 1, undefined]);
    const failure = new EngineError('numeric', 'NaN in the decoder');
    drawing = () => Promise.reject(failure);
    await assert.rejects(actions.generateFour(document, star), failure);
    assert.deepEqual([candidates, refreshed, jobs.failure(document, star)?.error], [[], 2, failure]);
  });

  it('is refused while the block is being drawn, which is no failure of what is drawn', async () => {
    const [star] = open('# star\nblue');
    let go = () => {};
    drawing = () => new Promise((resolve) => (go = resolve));
    const first = actions.generate(document, star);
    await assert.rejects(actions.generate(document, star), /is being drawn already/);
    assert.equal(jobs.failure(document, star), undefined);
    go();
    await first;
    assert.deepEqual([drawn.length, jobs.failure(document, star)], [1, undefined]);
  });
});

describe('what is told of a failure', () => {
  let said: unknown[][];
  let ran: string[];
  const tell = async (error: unknown, press = true) => {
    [said, ran] = [[], []];
    const restore = [
      replaced(vscode.window, { showErrorMessage: (...words: unknown[]) => (said.push(words), Promise.resolve(press ? words[1] : undefined)) }),
      replaced(vscode.commands, { executeCommand: (id: string) => Promise.resolve(void ran.push(id)) }),
    ];
    await (await import('./actions')).tell(error);
    restore.forEach((one) => one());
    return [said, ran];
  };

  it('says what to do next, and does it when it is pressed', async () => {
    assert.deepEqual(await tell(new EngineError('untrusted', 'no')), [[['no', 'Manage Workspace Trust']], ['workbench.trust.manage']]);
    assert.deepEqual(await tell(new Error('lost')), [[['lost', 'Show Log']], ['easel.showLog']]);
    assert.deepEqual(await tell('lost', false), [[['lost', 'Show Log']], []]);
    assert.deepEqual(await tell(new EngineError('bad-request', 'no model')), [[['no model']], []]); // the log knows no more
    assert.deepEqual(await tell(new EngineError('cancelled', 'cancelled')), [[], []]);
  });
});

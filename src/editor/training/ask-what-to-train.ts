import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { QuickInputButtons, l10n, window, type Disposable, type QuickPickItem } from 'vscode';
import { formatCounts, readDataset, type DatasetCounts } from '../../dataset';
import { listModels } from '../../models';
import { AdapterName, DEFAULT_MODEL } from '../../prompt';
import { toDiskPath } from '../disk-path';
import { chooseDataset } from '../dataset/choose-dataset';
import { nameFor } from './run-place';

export interface WhatToTrain {
  /** Absolute. */
  readonly dataset: string;
  readonly model: string;
  readonly name: string;
}

/** The answer, a step back, or giving up. */
type Answer<Value> = { readonly value: Value } | 'back' | undefined;
const STEPS = 3;

/** Dataset, model and name, one after the other, each with a good default and a way back. `undefined` if the person gives up. */
export async function askWhatToTrain(root: string, given?: string): Promise<WhatToTrain | undefined> {
  let dataset = given ?? (await askDataset());
  while (dataset !== undefined) {
    const { counts } = await readDataset(dataset);
    if (counts.captions === 0) throw new Error(l10n.t('{0} has no captioned picture: {1}. Write captions in the dataset panel first.', dataset, formatCounts(counts)));
    const model = await askModel(counts);
    const name = typeof model === 'object' ? await askName(root, dataset, counts) : undefined;
    if (typeof model === 'object' && typeof name === 'object') return { dataset, model: model.value, name: name.value };
    if (model === 'back') dataset = await askDataset();
    else if (name !== 'back') return undefined;
  }
  return undefined;
}

async function askDataset(): Promise<string | undefined> {
  const uri = await chooseDataset(l10n.t('Train Soft Tokens (1/{0}): the dataset', STEPS));
  return uri && toDiskPath(uri);
}

async function askModel(counts: DatasetCounts): Promise<Answer<string>> {
  const models = await listModels();
  const items = models.map(({ id, dir, source }) => ({ label: id, description: source === 'embedded' ? l10n.t('comes with Easel') : dir }));
  items.sort((a, b) => Number(b.label === DEFAULT_MODEL) - Number(a.label === DEFAULT_MODEL));
  const pick = window.createQuickPick<QuickPickItem>();
  return answered(pick, { title: l10n.t('Train Soft Tokens: the model'), step: 2, totalSteps: STEPS, placeholder: l10n.t('{0}. Which model learns them?', formatCounts(counts)), items }, () => pick.selectedItems[0]?.label);
}

async function askName(root: string, dataset: string, counts: DatasetCounts): Promise<Answer<string>> {
  const input = window.createInputBox();
  const check = async () => {
    const { value } = input;
    const parsed = AdapterName.safeParse(value);
    const isTaken = parsed.success && (await access(join(root, 'adapters', `${value}.safetensors`)).then(() => true, () => false));
    if (input.value !== value) return; // what was typed meanwhile has its own check
    input.validationMessage = parsed.success ? (isTaken ? { message: l10n.t('{0} is there already; this run will replace it.', `adapters/${value}.safetensors`), severity: 2 } : undefined) : parsed.error.issues[0]?.message;
  };
  const watching = input.onDidChangeValue(() => void check());
  const value = nameFor(dataset);
  const answering = answered(
    input,
    { title: l10n.t('Train Soft Tokens: the name'), step: 3, totalSteps: STEPS, prompt: l10n.t('A prompt says <{0}> to use what was learned. {1}.', value, formatCounts(counts)), value },
    () => (AdapterName.safeParse(input.value).success ? input.value : undefined),
  );
  void check();
  return answering.finally(() => watching.dispose());
}

interface Input extends Disposable {
  buttons: readonly unknown[];
  show(): void;
  onDidAccept(listener: () => void): Disposable;
  onDidHide(listener: () => void): Disposable;
  onDidTriggerButton(listener: (button: unknown) => void): Disposable;
}

/** Shows an input until it is accepted with a value, left, or stepped back from. */
function answered<Shown extends Input, Value>(input: Shown, shown: Partial<Record<keyof Shown | 'title' | 'step' | 'totalSteps' | 'placeholder' | 'prompt' | 'value' | 'items', unknown>>, value: () => Value | undefined): Promise<Answer<Value>> {
  Object.assign(input, shown, { buttons: [QuickInputButtons.Back], ignoreFocusOut: true });
  return new Promise((resolve) => {
    const settle = (answer: Answer<Value>) => {
      resolve(answer);
      input.dispose();
    };
    input.onDidAccept(() => {
      const accepted = value();
      if (accepted !== undefined) settle({ value: accepted });
    });
    input.onDidTriggerButton((button) => button === QuickInputButtons.Back && settle('back'));
    input.onDidHide(() => settle(undefined));
    input.show();
  });
}

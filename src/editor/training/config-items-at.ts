/** What may be typed next in a line of `train.yaml`: keys that are not there yet, or the values of the line's key. Pure. */
import { CONFIG_KEYS } from './train-config';

export interface ConfigItem {
  readonly label: string;
  readonly insert: string;
  readonly description: string;
  readonly isKey: boolean;
  /** Column where the text that it replaces begins; it ends at the cursor. */
  readonly from: number;
}

/** `before` is the line up to the cursor, `text` the whole file. */
export function configItemsAt(before: string, text: string): ConfigItem[] {
  if (before.includes('#')) return [];
  const [, name, typed = ''] = /^([A-Za-z]\w*):\s+(\S*)$/.exec(before) ?? [];
  if (name !== undefined) {
    const key = CONFIG_KEYS.find((one) => one.key === name);
    return (key?.values ?? []).map((value) => ({ label: value, insert: value, description: key?.description ?? '', isKey: false, from: before.length - typed.length }));
  }
  if (!/^[A-Za-z]?\w*$/.test(before)) return [];
  const used = new Set([...text.matchAll(/^([A-Za-z]\w*):/gm)].map(([, key]) => key));
  return CONFIG_KEYS.filter(({ key }) => !used.has(key)).map(({ key, description, default: value }) => ({ label: key, insert: `${key}: ${value ?? ''}`.trimEnd() + (value === null ? ' ' : ''), description, isKey: true, from: 0 }));
}

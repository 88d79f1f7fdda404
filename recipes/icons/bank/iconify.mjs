// Reads @iconify/json. The module directory comes from EASEL_TRAIN/node.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';

export const workDir = process.env.EASEL_TRAIN ?? '/work/train';
const nodeDir = path.join(workDir, 'node');
/** `require` that looks in the training directory, because nothing is installed in the checkout. */
export const requireThere = createRequire(path.join(nodeDir, 'package.json'));
export const modulePath = (...parts) => path.join(nodeDir, 'node_modules', ...parts);

export const collections = JSON.parse(fs.readFileSync(modulePath('@iconify/json/collections.json'), 'utf8'));
const loaded = new Map();

export function loadSet(set) {
  if (!loaded.has(set)) loaded.set(set, JSON.parse(fs.readFileSync(modulePath(`@iconify/json/json/${set}.json`), 'utf8')));
  return loaded.get(set);
}

export function iconNames(set) {
  const { icons } = loadSet(set);
  return Object.keys(icons).filter((name) => !icons[name].hidden);
}

export function viewBox(set, name) {
  const data = loadSet(set);
  const icon = data.icons[name];
  return {
    left: icon.left ?? data.left ?? 0,
    top: icon.top ?? data.top ?? 0,
    width: icon.width ?? data.width ?? 16,
    height: icon.height ?? data.height ?? 16,
    body: icon.body,
  };
}

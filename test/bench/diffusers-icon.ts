/**
 * The embedded model against the same network in PyTorch, with the shipped weights on both sides: recipes/icons/model.py
 * reads them from the ONNX files. Issue 4 asks for 0.95 of fp32's time, 0.8 of its memory, int8 in half of it and in 0.9 of
 * bfloat16's. Needs a Python with recipes/bench/requirements.txt (`EASEL_PYTHON`).
 */
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { embeddedModelFolder } from '../../src/models';
import { compare } from './sides/compare';
import { pythonWith } from './sides/side';

async function main(): Promise<void> {
  const python = pythonWith(['torch', 'onnx', 'tokenizers']);
  const model = embeddedModelFolder();
  if (python === undefined || model === undefined) return console.log(`skipped: ${model === undefined ? 'the embedded model is not here' : 'no Python with torch, onnx and tokenizers; set EASEL_PYTHON (recipes/bench/requirements.txt)'}`);
  const int8 = join(process.env['EASEL_BENCH'] ?? join(tmpdir(), 'easel-bench'), 'icon-int8');
  mkdirSync(dirname(int8), { recursive: true });
  const order = { prompt: 'red heart icon on a blue circle', steps: 20, cfg: 3.2, width: 64, height: 64 };
  await compare({ kind: 'icon', title: 'embedded model', model, python, int8, quantize: [], order, tiers: ['auto', 'unload'], rounds: Number(process.env['EASEL_BENCH_ROUNDS'] ?? 15), bfloat16Goal: 0.9 });
}

void main();

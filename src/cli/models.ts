/** `easel models`: which models there are, and which folders are known by a name. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { EXIT, type ExitCode, type Io } from './io';

export function modelsCommand(io: Io, answer: (code: ExitCode) => void): Command {
  const models = new Command('models').description('list, add or remove models');
  models
    .command('list', { isDefault: true })
    .description('models that a prompt may name')
    .option('--json', 'one JSON object per model')
    .action(async ({ json = false }: { json?: boolean }) => {
      for (const model of await describeModels()) {
        if (json) io.out(JSON.stringify(model));
        else io.out([model.id, model.kind ?? 'unusable', model.source, model.problem ?? `${model.width}x${model.height}, ${megabytes(model.bytes ?? 0)}`, model.dir].join('  '));
      }
      answer(EXIT.done);
    });
  models
    .command('add')
    .description('know a model folder by a name; nothing is copied')
    .argument('<dir>', 'a diffusers-layout ONNX folder')
    .option('--name <name>', "the folder's own name unless said")
    .action(async (dir: string, { name }: { name?: string }) => {
      const { addModel } = await import('../models');
      const model = await addModel(resolve(io.cwd, dir), { name });
      io.out(`${model.id}  ${model.dir}`);
      answer(EXIT.done);
    });
  models
    .command('remove')
    .description('forget a name; the folder stays')
    .argument('<name>')
    .action(async (name: string) => {
      const { removeModel } = await import('../models');
      await removeModel(name);
      answer(EXIT.done);
    });
  return models;
}

/** Every model with what its folder says; a folder that cannot be read says why. */
async function describeModels() {
  const { listModels, readModelFolder } = await import('../models');
  return Promise.all(
    (await listModels()).map(async ({ id, dir, source }) => {
      try {
        const { kind, defaults, files } = await readModelFolder(dir, id);
        return { id, source, dir, kind, ...defaults, bytes: files.reduce((sum, { size }) => sum + size, 0), problem: null };
      } catch (error) {
        return { id, source, dir, kind: null, problem: error instanceof Error ? error.message : String(error) };
      }
    }),
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

/** `easel models`: which models there are, and which folders are known by a name. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { EXIT, type ExitCode, type Io } from './io';
import { quantizeCommand } from './models-quantize';

export function modelsCommand(io: Io, answer: (code: ExitCode) => void): Command {
  const models = new Command('models').description('list, add, remove or quantize models');
  models
    .command('list', { isDefault: true })
    .description('models that a prompt may name')
    .option('--json', 'one JSON object per model')
    .action(async ({ json = false }: { json?: boolean }) => {
      for (const model of await describeModels()) {
        if (json) io.out(JSON.stringify(model));
        else io.out([model.id, model.kind ?? 'unusable', model.source, model.problem ?? [`${model.width}x${model.height}`, megabytes(model.bytes ?? 0), ...derivations(model)].join(', '), model.dir].join('  '));
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
  models.addCommand(quantizeCommand(io, answer));
  return models;
}

/** Every model with what its folder says; a folder that cannot be read says why. */
async function describeModels() {
  const { derivedRecord, hashModelFolder, int8CopyFolder, listInt8Copies, listModels, readModelFolder } = await import('../models');
  const copies = await listInt8Copies();
  return Promise.all(
    (await listModels()).map(async ({ id, dir, source }) => {
      try {
        const folder = await readModelFolder(dir, id);
        const { kind, defaults, files } = folder;
        const derived = derivedRecord(folder) ?? null;
        // Another model under the same name, or this one before its files changed, may have left copies too: they are not drawn with.
        const sha256 = copies.length > 0 ? await hashModelFolder(folder) : '';
        const int8Copies = copies.filter((copy) => copy.dir === int8CopyFolder({ ...copy.record, id, sha256 })).map(({ dir: at, record }) => ({ dir: at, ...record }));
        return { id, source, dir, kind, ...defaults, bytes: files.reduce((sum, { size }) => sum + size, 0), derived, int8Copies, problem: null };
      } catch (error) {
        return { id, source, dir, kind: null, derived: null, int8Copies: [], problem: error instanceof Error ? error.message : String(error) };
      }
    }),
  );
}

/** What a model was made from, and what was made from it here. */
function derivations({ derived, int8Copies }: Pick<Awaited<ReturnType<typeof describeModels>>[number], 'derived' | 'int8Copies'>): string[] {
  const faster = (ratio: number | undefined) => (ratio === undefined ? '' : `, ${ratio.toFixed(2)}x as fast`);
  return [
    ...(derived ? [`${derived.precision} copy of ${derived.from.id}${faster(derived.speed?.ratio)}`] : []),
    ...int8Copies.map(({ speed, threads }) => `has an int8 copy for ${threads} threads${faster(speed?.ratio)}`),
  ];
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

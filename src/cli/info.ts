/** `easel info`: what a picture says about itself, as a block that draws it again. */
import { readFile } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { Command } from 'commander';
import { CliError, EXIT, type ExitCode, type Io } from './io';

export function infoCommand(io: Io, answer: (code: ExitCode) => void): Command {
  return new Command('info')
    .description("a picture's parameters, as a block; reads Easel, A1111, ComfyUI and InvokeAI; exit 1 if it has none")
    .argument('<picture>', 'a PNG, JPEG or WebP file, or an adapter (.safetensors)')
    .option('--json', 'everything that was read, as one JSON object')
    .action(async (picture: string, { json = false }: { json?: boolean }) => answer(await info(picture, json, io)));
}

async function info(picture: string, json: boolean, io: Io): Promise<ExitCode> {
  if (/\.safetensors$/i.test(picture)) return adapterInfo(picture, json, io);
  const [{ readPictureMetadata }, { infotextToBlock }] = await Promise.all([import('../image/metadata'), import('../prompt')]);
  const bytes = await readFile(resolve(io.cwd, picture)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new CliError(EXIT.wrongUse, `there is no file ${picture}; check the name`, { cause: error });
    throw new CliError(EXIT.failed, `cannot read ${picture}: ${error.message}`, { cause: error });
  });
  const metadata = readPictureMetadata(bytes);
  const block = metadata.infotext === null ? null : infotextToBlock(metadata.infotext);
  if (json) io.out(JSON.stringify({ path: resolve(io.cwd, picture), ...metadata, block }));
  else if (block !== null) io.out(block.trimEnd());
  if (metadata.problem !== null) io.err(`${picture}: ${metadata.problem}`);
  else if (block === null && !json) io.err(`${picture} carries no parameters that Easel can read`);
  return block === null ? EXIT.no : EXIT.done;
}

/** Where an adapter comes from, as its header says. */
async function adapterInfo(file: string, json: boolean, io: Io): Promise<ExitCode> {
  const { readAdapterCard } = await import('../models');
  const path = resolve(io.cwd, file);
  const card = await readAdapterCard(path);
  if (card === null) {
    io.err(`${file} is not there, or is no adapter that Easel knows`);
    return EXIT.no;
  }
  if (json) io.out(JSON.stringify({ path, ...card }));
  else {
    const name = basename(path, extname(path)); // what a prompt calls it
    const { method, model, rank, dataset, steps, validationLoss, settings: { steps: drawn, cfg } = {} } = card;
    const drawnWith = [drawn === undefined ? '' : `${drawn} steps`, cfg === undefined ? '' : `CFG scale ${cfg}`].filter((fact) => fact !== '').join(' and ');
    const facts = [method === 'lora' ? `<lora:${name}>` : `<${name}>`, method, rank === undefined ? '' : `rank ${rank}`, model ? `for ${model.id}` : 'for a model that it does not name', drawnWith && `to be drawn with ${drawnWith}`, steps === undefined ? '' : `trained for ${steps} steps`, dataset ? `${dataset.pictures} pictures, ${dataset.captions} captions` : '', validationLoss == null ? '' : `validation loss ${validationLoss.toFixed(3)}`];
    io.out(facts.filter((fact) => fact !== '').join(', '));
  }
  return EXIT.done;
}

/** `easel generate`: draws the blocks of a prompt file, or one picture that the flags describe. */
import { Command, Option } from 'commander';
import type { ExitCode, Io } from './io';
import { addSettingFlags } from './setting-flags';
import { MEMORY_TIERS, PRECISIONS, PROVIDERS, TILE_MODES, type EngineFlags } from './with-engine';

export interface GenerateFlags extends EngineFlags {
  block?: string[];
  changed?: boolean;
  root?: string;
  out?: string;
  count?: string;
  batch?: string;
  contactSheet?: string;
  prompt?: string;
  negativePrompt?: string;
  output?: string;
  noise?: string;
  saveLatents?: string;
  json?: boolean;
  [setting: string]: unknown;
}

export function generateCommand(io: Io, answer: (code: ExitCode) => void): Command {
  const command = new Command('generate')
    .description('draw the blocks of a prompt file, or one picture from --prompt')
    .argument('[file]', 'a .t2i file, or Markdown with t2i blocks')
    .option('--block <name...>', 'only these blocks')
    .option('--changed', 'only blocks whose pictures are stale or missing')
    .option('--root <dir>', 'pictures stay inside; the Git top level unless said')
    .option('--out <template>', 'where pictures go, relative to here: {file} {name} {index} {seed} {cell}')
    .option('--count <n>', 'pictures per block')
    .option('--batch <n>', 'draw up to n pictures of one model, size and settings at once, where that gives each the same bytes; 1 unless said')
    .option('--contact-sheet <file>', 'also write all pictures as one, with their names')
    .option('--prompt <text>', 'draw this instead of a file')
    .option('--negative-prompt <text>', 'what to stay away from')
    .option('-o, --output <file>', 'the PNG, with --prompt')
    .option('--noise <file>', 'initial latents (safetensors, tensor "noise"), with --prompt')
    .option('--save-latents <file>', 'keep the final latents (safetensors, tensor "latents"), with --prompt')
    .option('--threads <n>', 'physical cores unless said')
    .addOption(new Option('--provider <name>', 'what computes').choices(PROVIDERS))
    .addOption(new Option('--precision <name>', 'fp32; auto: the int8 copy that `models quantize` made here, if there is one; int8').choices(PRECISIONS))
    .addOption(new Option('--memory <tier>', 'what stays in memory; auto: everything, but of a large denoiser half; unload: as little as it takes, at a price in time').choices(MEMORY_TIERS))
    .addOption(new Option('--vae-tiling <when>', 'decode in tiles, for memory; auto: above 1536x1536').choices(TILE_MODES))
    .option('--json', 'one JSON object per picture');
  return addSettingFlags(command)
    .addHelpText('after', '\nExamples:\n  easel generate icons.t2i --block heart --seed 42\n  easel generate --prompt "red heart icon" --model icon-64 --seed 1 --steps 20 --cfg 3.2 --size 64x64 -o heart.png')
    .action(async (file: string | undefined, flags: GenerateFlags) => {
      const { generateFile, generateOne } = await import('./generate-run');
      answer(file === undefined ? await generateOne(flags, io) : await generateFile(file, flags, io));
    });
}

/** `easel edit`: a picture that exists, changed by what is said of it. */
import { Command, Option } from 'commander';
import type { ExitCode, Io } from './io';
import { PROVIDERS, type EngineFlags } from './with-engine';

export interface EditFlags extends EngineFlags {
  to: string;
  from?: string;
  output: string;
  model?: string;
  adapter?: string[];
  negativePrompt?: string;
  steps?: string;
  nStart?: string;
  cfgFrom?: string;
  cfgTo?: string;
  seed?: string;
  size?: string;
  saveLatents?: string;
  json?: boolean;
}

export function editCommand(io: Io, answer: (code: ExitCode) => void): Command {
  return new Command('edit')
    .description('FlowEdit: carries a picture from what one prompt says of it to what another says; the result is a new file')
    .argument('<picture>', 'a PNG, JPEG or WebP file')
    .requiredOption('--to <text>', 'what it shall be')
    .requiredOption('-o, --output <file>', 'the PNG to write; an existing file is never overwritten')
    .option('--from <text>', "what it is; the picture's own prompt unless said")
    .option('--model <dir>', "a registered name, or a model folder; the picture's own model unless said")
    .option('--adapter <file...>', 'soft tokens, each as FILE or FILE:WEIGHT; in both prompts, or where <NAME> stands')
    .option('--negative-prompt <text>', 'what to stay away from')
    .option('--steps <n>', 'steps of the whole schedule; 50 unless said')
    .option('--n-start <n>', 'how many of the last steps are walked: the more, the farther the edit goes; 33 of 50 unless said, 45 for the icon family')
    .option('--cfg-from <scale>', 'guidance of --from; 3.5 unless said, 1.5 for the icon family')
    .option('--cfg-to <scale>', 'guidance of --to; 13.5 unless said, 3.2 for the icon family')
    .option('--seed <n>', 'a new one unless said')
    .option('--size <WxH>', "the picture's own unless said")
    .option('--save-latents <file>', 'keep the final latents (safetensors, tensor "latents")')
    .option('--json', 'the result as one JSON object')
    .option('--threads <n>', 'physical cores unless said')
    .addOption(new Option('--provider <name>', 'what computes').choices(PROVIDERS))
    .addHelpText('after', '\nGuidance is unconditional + scale × (conditional − unconditional) on both sides. SoftREPA\'s published editing code counts the target\'s scale from 0: its 13.5 is --cfg-to 14.5, its 9 is --cfg-to 10.\nExample:\n  easel edit icons/heart.png --to "green heart icon on a blue circle" -o icons/heart-green.png')
    .action(async (picture: string, flags: EditFlags) => {
      const { editPicture } = await import('./edit-run');
      answer(await editPicture(picture, flags, io));
    });
}

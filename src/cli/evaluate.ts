/** `easel evaluate`: how well a model does what it is asked. */
import { Command, Option } from 'commander';
import type { ExitCode, Io } from './io';
import { PROVIDERS, type EngineFlags } from './with-engine';

export interface EvaluateFlags extends EngineFlags {
  model?: string;
  adapter?: string[];
  json?: boolean;
  output?: string;
}
/** Of the suites that look at drawn pictures. */
export interface PicturesFlags extends EvaluateFlags {
  splits?: string;
  prompts: string;
  seeds: string;
  distinct: string;
  steps?: string;
  cfg?: string;
  size?: string;
  pooled: string;
}
export interface RetrievalFlags extends EvaluateFlags {
  dataset: string;
  pictures?: string;
  captions: string;
  hard?: boolean;
  grid: string;
  seed: string;
}

export function evaluateCommand(io: Io, answer: (code: ExitCode) => void): Command {
  const evaluate = new Command('evaluate').description('how well a model does what it is asked, with 95 % intervals');
  pictures(evaluate.command('icons').description('colours, containers, concepts, style, copies and variety of what the icon family draws'), {
    splits: 'in which way prompts are new: seen (in none), pairs (of concept with colour or container), colour-pairs, style, wording; separated by commas, all unless said',
    distinct: '10',
  })
    .addHelpText('after', '\nThe full measurement: easel evaluate icons --model models/icon-64 --prompts 500 --seeds 4 --distinct 100 -o report\n(11,200 pictures: an hour or two; nothing is written before the end, so measure split by split where that is too long)')
    .action(async (flags: PicturesFlags) => {
      const { evaluateIcons } = await import('./evaluate-run');
      answer(await evaluateIcons(flags, io));
    });
  pictures(evaluate.command('emoji').description('canvas, container and label of the colour emoji that a model draws which was taught them'), {
    splits: 'in which way prompts are new: emoji (in none), emoji-style (a label in a style never shown); separated by commas, both unless said',
    distinct: '0',
  })
    .addHelpText('after', '\nThe full measurement: easel evaluate emoji --model models/icon-64 --prompts 500 --seeds 2 -o report\n(2,000 pictures: ten minutes or twenty; nothing is written before the end)')
    .action(async (flags: PicturesFlags) => {
      const { evaluateEmoji } = await import('./evaluate-run');
      answer(await evaluateEmoji(flags, io));
    });
  shared(evaluate.command('retrieval').description('which caption belongs to which picture, by denoising error; for any model'))
    .requiredOption('--dataset <folder>', 'a captioned folder')
    .option('--pictures <n>', 'pictures to ask about; all unless said')
    .option('--captions <n>', 'captions to choose from, up to 64', '8')
    .option('--hard', 'also captions in which the concept alone is another')
    .option('--grid <n>', 'noise levels, each with one noise', '8')
    .option('--seed <n>', 'of the noises and of the other captions', '0')
    .action(async (flags: RetrievalFlags) => {
      const { evaluateRetrieval } = await import('./evaluate-run');
      answer(await evaluateRetrieval(flags, io));
    });
  return evaluate;
}

/** @param said what the suite's splits are, and how many prompts it compares pictures of unless said */
function pictures(command: Command, said: { splits: string; distinct: string }): Command {
  return shared(command)
    .option('--splits <names>', said.splits)
    .option('--prompts <n>', 'prompts of each split, up to 500', '100')
    .option('--seeds <n>', 'pictures of each prompt', '1')
    .option('--distinct <n>', 'prompts of which 16 pictures are compared with each other', said.distinct)
    .option('--steps <n>', 'as the model says unless said')
    .option('--cfg <scale>', 'as the model says unless said')
    .option('--size <pixels>', 'a side of what is drawn, in 64 or what the upscaler makes of it; it is looked at in 64')
    .addOption(new Option('--pooled <what>', 'the pooled vector: the prompt\'s, or nothing').choices(['text', 'null']).default('text'));
}

function shared(command: Command): Command {
  return command
    .option('--model <dir>', 'a registered name, or a model folder')
    .option('--adapter <file...>', 'soft tokens or other adapters, each as FILE or FILE:WEIGHT')
    .option('-o, --output <folder>', 'report.json, report.md and sheets of pictures go there')
    .option('--json', 'the report as one JSON object')
    .option('--threads <n>', 'physical cores unless said')
    .addOption(new Option('--provider <name>', 'what computes').choices(PROVIDERS));
}

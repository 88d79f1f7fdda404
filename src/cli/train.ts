/** `easel train METHOD …`: trains on a folder of captioned pictures. */
import { Command, Option } from 'commander';
import type { ExitCode, Io } from './io';
import { PROVIDERS, type EngineFlags } from './with-engine';

export interface TrainFlags extends EngineFlags {
  model?: string;
  name?: string;
  steps?: string;
  config?: string;
  run?: string;
  output?: string;
  root?: string;
  set?: string[];
  json?: boolean;
}

export function trainCommand(io: Io, answer: (code: ExitCode) => void): Command {
  const train = new Command('train').description('train on a folder of captioned pictures');
  train
    .command('soft-tokens')
    .description('soft tokens by contrast, used in a prompt as <name>; the model itself stays as it is')
    .argument('[dataset]', 'folder of pictures with x.txt beside x.png, or with a metadata.jsonl')
    .option('--model <name>', 'a known model, or a folder')
    .option('--name <name>', 'what a prompt calls the result')
    .option('--steps <n>', 'optimizer steps')
    .option('--config <file>', 'a train.yaml; flags win over it')
    .option('--set <key=value...>', 'any other option of train.yaml')
    .option('--run <dir>', 'the run\'s folder; a run that is there is gone on with (.easel/runs/NAME unless said)')
    .option('-o, --output <file>', 'where the result goes (adapters/NAME.safetensors unless said)')
    .option('--root <dir>', 'the Git top level unless said')
    .option('--threads <n>', 'physical cores unless said')
    .addOption(new Option('--provider <name>', 'what computes').choices(PROVIDERS))
    .option('--json', 'one JSON object per event')
    .addHelpText('after', '\nCtrl-C stops the run with a checkpoint; the same command goes on with it.\n\nExamples:\n  easel train soft-tokens examples/icons-dataset --model icon-64 --name crisp --steps 200\n  easel train soft-tokens --config train.yaml\n  easel generate --prompt "red heart icon <crisp>" -o heart.png')
    .action(async (dataset: string | undefined, flags: TrainFlags) => {
      const { trainSoftTokens } = await import('./train-run');
      answer(await trainSoftTokens(dataset, flags, io));
    });
  return train;
}

/** The flags that say about a picture what a parameter line can say; their values are read by the language itself. */
import { type Command, Option } from 'commander';
import type { Settings } from '../prompt';
import { CliError, EXIT } from './io';

/** Flag and the parameter-line key it stands for. The help is short; `easel generate --help` prints it. */
const FLAGS: readonly (readonly [flag: string, key: string, help: string])[] = [
  ['--model <dir>', 'Model', 'a registered name, or a model folder'],
  ['--seed <n>', 'Seed', '0 to 18446744073709551615; -1 is a new one'],
  ['--steps <n>', 'Steps', '1 to 1000'],
  ['--cfg <scale>', 'CFG scale', 'guidance, 0 to 100; 1 is off'],
  ['--cfg-rescale <fraction>', 'CFG rescale', '0 to 1'],
  ['--cfg-interval <from-to>', 'CFG interval', 'fractions of the steps at which guidance acts; 0-1 is all of them'],
  ['--perp-neg <weight>', 'Perp-Neg', 'perpendicular negative prompt; 0 is off'],
  ['--dynamic-thresholding <quantile>', 'Dynamic thresholding', 'for example 0.995; 0 is off'],
  ['--sampler <name>', 'Sampler', "without one the model's own scheduler decides"],
  ['--schedule <name>', 'Schedule type', 'Automatic, Uniform, Karras, …'],
  ['--size <WxH>', 'Size', 'pixels'],
  ['--clip-skip <n>', 'Clip skip', '1 uses the last hidden state'],
  ['--rng <name>', 'RNG', 'torch or philox'],
  ['--eta <n>', 'Eta', '0 to 1'],
  ['--prompt-syntax <name>', 'Prompt syntax', 'a1111 (weights, scheduling) or plain'],
  ['--long-prompt <name>', 'Long prompt', 'chunk or truncate'],
];

/** Adds the flags. */
export function addSettingFlags(command: Command): Command {
  for (const [flag, , help] of FLAGS) command.addOption(new Option(flag, help));
  return command;
}

/** What the given flags say, read by the language. Throws `CliError` for a value that says nothing. */
export async function settingsFromFlags(values: Readonly<Record<string, unknown>>): Promise<Settings> {
  const { settingFor } = await import('../prompt');
  let settings: Settings = {};
  for (const [flag, key] of FLAGS) {
    const value = values[new Option(flag).attributeName()];
    if (typeof value !== 'string') continue;
    const reading = settingFor(key)?.read(value);
    if (!reading || 'problem' in reading) throw new CliError(EXIT.wrongUse, `${flag.split(' ', 1)[0]} ${value}: ${reading?.problem ?? 'unknown'}`);
    settings = { ...settings, ...reading.settings };
  }
  return settings;
}

/**
 * `easel …`: the same engine as the editor's, in this process. Each command is a file; what it needs beyond its own
 * options is imported when it runs, so that `easel --help` costs nothing and a drawing costs little more than drawing.
 * Results go to stdout, progress and failures to stderr; exit codes are 0 done, 1 the answer is no, 2 wrong use, 3 failed.
 */
import { runCommandLine } from './command-line';
import { processIo } from './io';

const io = processIo();
void runCommandLine(process.argv.slice(2), io).then((code) => {
  process.exitCode = code;
});

// `npm run bench`: every test/bench/*.ts, one after the other, each printing what it measured.
// usage: node scripts/bench.mjs [NAME]... [FLAGS of one]
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buildScript } from './build.mjs';
import { main, must, root, runNode } from './run.mjs';
import { setup } from './setup.mjs';

/** Benches of our own code beside a library's: run as it is shipped. */
const AS_SHIPPED = new Set(['overhead']);

await main(async () => {
  await setup();
  const words = process.argv.slice(2);
  const first = words.findIndex((word) => word.startsWith('-'));
  const [wanted, flags] = first < 0 ? [words, []] : [words.slice(0, first), words.slice(first)];
  const names = (await readdir(join(root, 'test', 'bench'))).filter((name) => name.endsWith('.ts')).sort();
  for (const name of names) {
    if (wanted.length > 0 && !wanted.includes(name.replace(/\.ts$/, ''))) continue;
    process.stdout.write(`\n${name}\n`);
    await must(name, runNode([...(await loading(name)), ...flags]));
  }
});

async function loading(name) {
  const source = join('test', 'bench', name);
  if (!AS_SHIPPED.has(name.replace(/\.ts$/, ''))) return ['--import', 'tsx', source];
  const built = join('.cache', 'bench', name.replace(/\.ts$/, '.cjs'));
  await buildScript(source, built);
  return [built];
}

// `npm run bench`: every test/bench/*.ts, one after the other, each printing what it measured.
// usage: node scripts/bench.mjs [NAME]...
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { main, must, root, runNode } from './run.mjs';
import { setup } from './setup.mjs';

await main(async () => {
  await setup();
  const wanted = process.argv.slice(2);
  const names = (await readdir(join(root, 'test', 'bench'))).filter((name) => name.endsWith('.ts')).sort();
  for (const name of names) {
    if (wanted.length > 0 && !wanted.includes(name.replace(/\.ts$/, ''))) continue;
    process.stdout.write(`\n${name}\n`);
    await must(name, runNode(['--import', 'tsx', join('test', 'bench', name)]));
  }
});

// `npm run report -- NAME [flags]`: test/reports/NAME.ts, a measured comparison whose report the repository keeps.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { main, must, root, runNode } from './run.mjs';
import { setup } from './setup.mjs';

await main(async () => {
  const [name, ...flags] = process.argv.slice(2);
  const file = join('test', 'reports', `${name}.ts`);
  if (name === undefined || !existsSync(join(root, file))) throw new Error('usage: npm run report -- soft-tokens [flags]; the flags are at the top of test/reports/soft-tokens.ts');
  await setup();
  await must(file, runNode(['--import', 'tsx', file, ...flags]));
});

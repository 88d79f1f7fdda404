// `npm run demo`: installs, builds, draws every block of examples/icons.t2i with the embedded model into demo-pictures/
// (which Git ignores), prints where the pictures are, and puts them all on one contact sheet.
import { build } from './build.mjs';
import { main, must, runNode } from './run.mjs';
import { setup } from './setup.mjs';

await main(async () => {
  await setup();
  await build();
  const arguments_ = ['dist/cli.cjs', 'generate', 'examples/icons.t2i', '--root', '.', '--out', 'demo-pictures/{name}.png', '--contact-sheet', 'demo-pictures/contact-sheet.png'];
  await must('drawing examples/icons.t2i', runNode(arguments_, { stdio: ['inherit', 'inherit', 'inherit'] }));
});

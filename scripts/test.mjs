// `npm test`: installs, builds, lints, checks types, runs the tests. The last line is the sum, and a failure is exit code 1.
// usage: node scripts/test.mjs [--tests-only]      (--tests-only: no install, build, lint or type check, for other Nodes)
import { build } from './build.mjs';
import { main, runNode } from './run.mjs';
import { setup } from './setup.mjs';

// Not in .mocharc.json: mocha would add them to whatever files it is given by hand.
const SUITES = ['src/**/*.test.ts', 'webview-ui/**/*.test.ts', 'scripts/**/*.test.mjs', 'test/unit/**/*.test.ts', 'test/conformance/**/*.test.ts', 'test/faults/**/*.test.ts'];

await main(async () => {
  const total = { passed: 0, failed: 0, skipped: 0 };
  if (!process.argv.includes('--tests-only')) {
    await setup();
    await build();
    const [lint, types] = await Promise.all([
      runNode(['node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0'], { quiet: true }),
      runNode(['node_modules/typescript/bin/tsc', '--noEmit', '-p', '.'], { quiet: true }),
    ]);
    for (const [name, { code, stdout, stderr }] of [['eslint', lint], ['tsc', types]]) {
      process.stdout.write(code === 0 ? `${name} found nothing\n` : `${name} failed:\n${stdout}${stderr}\n`);
      total[code === 0 ? 'passed' : 'failed'] += 1;
    }
  }
  const tests = await runNode(['node_modules/mocha/bin/mocha.js', '--reporter', 'test/end-to-end/reporter.cjs', ...SUITES]);
  const counts = [...tests.stdout.matchAll(/^(\d+) passed, (\d+) failed, (\d+) skipped$/gm)].at(-1);
  if (counts) ['passed', 'failed', 'skipped'].forEach((key, index) => (total[key] += Number(counts[index + 1])));
  // A run that died before its summary, or failed after it, is a failure too.
  if (!counts || (tests.code !== 0 && total.failed === 0)) total.failed += 1;
  process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
  process.exitCode = total.failed === 0 ? 0 : 1;
});

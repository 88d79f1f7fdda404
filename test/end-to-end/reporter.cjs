/* eslint-disable @typescript-eslint/no-require-imports -- loaded by require, as CommonJS */
/** Mocha's own report, with what made a test be tried again, and the line that CI counts at the very end. */
const { reporters, Runner } = require('mocha');

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.on(Runner.constants.EVENT_TEST_RETRY, (test, error) => process.stdout.write(`    tried again: ${test.title}\n${error.stack}\n`));
  }

  epilogue() {
    super.epilogue();
    const { passes, failures, pending } = this.stats;
    process.stdout.write(`${passes} passed, ${failures} failed, ${pending} skipped\n`);
  }
};

/* eslint-disable @typescript-eslint/no-require-imports -- loaded by require, as CommonJS */
/** Mocha's own report, with the line that CI counts at the very end. */
const { reporters } = require('mocha');

module.exports = class extends reporters.Spec {
  epilogue() {
    super.epilogue();
    const { passes, failures, pending } = this.stats;
    process.stdout.write(`${passes} passed, ${failures} failed, ${pending} skipped\n`);
  }
};

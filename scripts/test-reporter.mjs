// Mocha reporter of scripts/test.mjs: a line for every outermost suite while it runs, and the results as JSON into the
// file that SYNERGY_TEST_RESULT names.
import { writeFileSync } from 'node:fs';

const titleOf = (test) => test.titlePath().join(' > ');

export default class Reporter {
  constructor(runner) {
    const passed = [];
    const failed = [];
    const skipped = [];
    let begun = 0;
    let before = [0, 0, 0];
    const counts = () => [passed.length, failed.length, skipped.length];

    runner.on('pass', (test) => passed.push(titleOf(test)));
    runner.on('pending', (test) => skipped.push(titleOf(test)));
    runner.on('fail', (test, error) =>
      failed.push({ title: titleOf(test), error: error.stack ?? String(error) }),
    );
    runner.on('suite', (suite) => {
      if (suite.parent?.root) [begun, before] = [Date.now(), counts()];
    });
    runner.on('suite end', (suite) => {
      if (!suite.parent?.root) return;
      const [ok, bad, left] = counts().map((count, i) => count - before[i]);
      const parts = [
        `${ok} passed`,
        ...(bad > 0 ? [`${bad} FAILED`] : []),
        ...(left > 0 ? [`${left} skipped`] : []),
      ];
      console.log(`  ${suite.title}: ${parts.join(', ')} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
    });
    runner.on('end', () => {
      writeFileSync(
        process.env.SYNERGY_TEST_RESULT,
        JSON.stringify({ passed: passed.length, failed, skipped }),
      );
    });
  }
}

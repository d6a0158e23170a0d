import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';

/**
 * Counts a run. Under `npm test`, which runs more than vitest, the counts go into the file that
 * PLUMBLINE_TEST_COUNTS names; else the run ends with `N passed, N failed`, the one line that every CI can read.
 */
export function closingLine(): Reporter {
  let vitest: Vitest | undefined;

  // With `-t` all others are skipped, as was asked for.
  const isAsked = (test: TestCase): boolean => {
    const pattern = vitest?.getGlobalTestNamePattern();
    return pattern === undefined || test.fullName.match(pattern) !== null;
  };

  return {
    onInit(started) {
      vitest = started;
    },
    onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]) {
      let passed = 0;
      let failed = unhandledErrors.length;
      for (const module of modules) {
        // A file that cannot be loaded has no tests to fail, and is a failure all the same.
        if (module.state() === 'failed' && [...module.children.allTests()].length === 0) failed += 1;
        for (const test of module.children.allTests()) {
          if (!isAsked(test)) continue;
          const { state } = test.result();
          if (state === 'passed') passed += 1;
          // A skipped test is a check that was not made.
          else failed += 1;
        }
      }
      const file = process.env['PLUMBLINE_TEST_COUNTS'];
      if (file === undefined) process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
      else writeFileSync(file, JSON.stringify({ passed, failed }));
      if (failed > 0) process.exitCode = 1;
    },
  };
}

// `npm test`: set-up, then all tests, TypeScript and Go; ends with the one line `N passed, N failed`.
// Arguments go to vitest; with a filter among them the Go tests are left out.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from './lib/failure.mjs';
import { goModules } from './lib/go-modules.mjs';
import { nodeFlags, nodePath } from './lib/node.mjs';
import { prepare } from './lib/prepare.mjs';
import { foreground, run } from './lib/run.mjs';
import { missingPrograms } from './lib/test-programs.mjs';

const args = process.argv.slice(2);
const isFiltered = args.some((arg) => !arg.startsWith('-'));

/** Runs vitest; its reporter (test/support/closing-line.ts) leaves the counts in a file. */
async function runVitest(env) {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-counts-'));
  const counts = join(folder, 'counts.json');
  const nodeOptions = [env.NODE_OPTIONS, ...nodeFlags].filter((flag) => flag !== undefined && flag !== '').join(' ');
  try {
    const code = await foreground(nodePath, [...nodeFlags, 'node_modules/vitest/vitest.mjs', 'run', ...args], {
      env: { ...env, NODE_OPTIONS: nodeOptions, PLUMBLINE_TEST_COUNTS: counts },
    });
    const { passed, failed } = readCounts(counts);
    // A run that failed without a failed test (a crash, no reporter) is a failure all the same.
    return { passed, failed: code !== 0 && failed === 0 ? 1 : failed };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readCounts(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 0 };
  }
}

/** Runs `go vet` and `go test` of one module; each top-level test counts as one, vet as one where it fails. */
async function runGo(module, env) {
  const goEnv = { ...env, ...module.env };
  if (!module.isVetted && !module.hasTests) return { passed: 0, failed: 0 };
  console.log(`\ngo vet ${module.folder}`);
  const vet = await run('go', ['vet', './...'], { cwd: module.path, env: { ...goEnv, ...module.vetEnv } });
  if (vet.code !== 0) process.stdout.write(vet.output);
  const total = { passed: 0, failed: vet.code === 0 ? 0 : 1 };
  if (!module.hasTests) return total;
  console.log(`go test ${module.folder}`);
  const test = await run('go', ['test', '-json', './...'], { cwd: module.path, env: goEnv });
  const counted = countGo(test.output);
  for (const text of counted.failures) process.stdout.write(text);
  if (test.code !== 0 && counted.failed === 0) {
    process.stdout.write(test.output.slice(-20_000));
    total.failed += 1;
  }
  return { passed: total.passed + counted.passed, failed: total.failed + counted.failed };
}

/** Reads the event stream of `go test -json`; a skipped test is a check that was not made, so it counts as failed. */
function countGo(output) {
  const counted = { passed: 0, failed: 0, failures: [] };
  const texts = new Map();
  for (const line of output.split('\n')) {
    if (!line.startsWith('{')) continue;
    const { Action: action, Test: test, Package: pack, Output: text } = JSON.parse(line);
    if (test === undefined || test.includes('/')) {
      if (text !== undefined && test !== undefined) append(texts, `${pack} ${test.split('/')[0]}`, text);
      continue;
    }
    if (action === 'output') append(texts, `${pack} ${test}`, text);
    else if (action === 'pass') counted.passed += 1;
    else if (action === 'fail' || action === 'skip') {
      counted.failed += 1;
      counted.failures.push(texts.get(`${pack} ${test}`) ?? `${test}: ${action}\n`);
    }
  }
  return counted;
}

function append(map, key, text) {
  map.set(key, (map.get(key) ?? '') + text);
}

await main(async () => {
  const env = await prepare(
    ['devcluster', 'renderer', 'reference-tools', 'kubectl', 'gitea', 'registry', 'chromium', 'definitions'],
    {
      go: !isFiltered,
    },
  );
  const missing = missingPrograms();
  if (missing !== undefined) console.log(missing);
  const totals = [await runVitest(env)];
  if (!isFiltered) for (const module of goModules()) totals.push(await runGo(module, env));
  const passed = totals.reduce((sum, total) => sum + total.passed, 0);
  const failed = totals.reduce((sum, total) => sum + total.failed, 0);
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
});

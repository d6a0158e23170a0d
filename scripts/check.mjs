// `npm run check`: everything that can be said about the code without running it. Nothing is changed.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { main } from './lib/failure.mjs';
import { unlockedDependencies } from './lib/dependencies.mjs';
import { brokenLinks } from './lib/links.mjs';
import { goModules } from './lib/go-modules.mjs';
import { nodeFlags, nodePath } from './lib/node.mjs';
import { duration } from './lib/progress.mjs';
import { prepare } from './lib/prepare.mjs';
import { root } from './lib/paths.mjs';
import { run } from './lib/run.mjs';

const tool = (name) => join('node_modules', '.bin', name);

async function goFormat(env) {
  const unformatted = [];
  for (const { folder, path } of goModules()) {
    const { code, output } = await run('gofmt', ['-l', '.'], { cwd: path, env });
    if (code !== 0) return { code, output };
    unformatted.push(
      ...output
        .split('\n')
        .filter(Boolean)
        .map((file) => join(folder, file)),
    );
  }
  return {
    code: unformatted.length === 0 ? 0 : 1,
    output: unformatted.map((file) => `${file}: run gofmt -w`).join('\n'),
  };
}

async function scriptSyntax(env) {
  const files = readdirSync(join(root, 'scripts'), { recursive: true }).map(String);
  const problems = [];
  for (const file of files.filter((name) => name.endsWith('.mjs'))) {
    const { code, output } = await run(nodePath, ['--check', join('scripts', file)], { env });
    if (code !== 0) problems.push(output);
  }
  return { code: problems.length === 0 ? 0 : 1, output: problems.join('\n') };
}

async function links() {
  const broken = brokenLinks();
  return { code: broken.length === 0 ? 0 : 1, output: broken.join('\n') };
}

async function lockFile() {
  const unlocked = unlockedDependencies();
  return { code: unlocked.length === 0 ? 0 : 1, output: `package-lock.json lacks: ${unlocked.join(', ')}` };
}

const checks = [
  { name: 'types (tsc)', run: (env) => run(tool('tsc'), ['--noEmit'], { env }) },
  { name: 'lint (oxlint)', run: (env) => run(tool('oxlint'), ['--type-aware', '--deny-warnings'], { env }) },
  { name: 'format (oxfmt)', run: (env) => run(tool('oxfmt'), ['--check', '.'], { env }) },
  { name: 'format of Go (gofmt)', run: goFormat },
  { name: 'unused code (knip)', run: (env) => run(tool('knip'), ['--no-progress'], { env }) },
  {
    name: 'generated files',
    run: (env) => run(nodePath, [...nodeFlags, 'scripts/lib/generate.ts', '--check'], { env }),
  },
  { name: 'syntax of the scripts', run: scriptSyntax },
  { name: 'lock file', run: lockFile },
  { name: 'links in the documents', run: links },
];

await main(async () => {
  const env = await prepare([], { go: true });
  let failed = 0;
  for (const check of checks) {
    const startedAt = Date.now();
    const { code, output } = await check.run(env);
    const seconds = (Date.now() - startedAt) / 1000;
    console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${check.name} (${duration(seconds)})`);
    if (code === 0) continue;
    failed += 1;
    console.log(`${output.trimEnd()}\n`);
  }
  if (failed > 0) console.log(`${failed} of ${checks.length} checks failed.`);
  process.exitCode = failed > 0 ? 1 : 0;
});

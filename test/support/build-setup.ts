import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Builds dist/, as it is published: the tests of test/e2e go through it, as a user does. */
export function setup(): void {
  const root = join(import.meta.dirname, '..', '..');
  execFileSync(process.execPath, [join(root, 'scripts', 'build.mjs')], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

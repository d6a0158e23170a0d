// The Go modules of the project and how each is compiled, so that vet and tests reuse the build's cache.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

const modules = [
  { folder: 'devcluster', env: { CGO_ENABLED: '0', GOFLAGS: '-trimpath' }, vetEnv: {} },
  { folder: 'examples/gitsync-go', env: { CGO_ENABLED: '0', GOFLAGS: '-trimpath' }, vetEnv: {} },
  { folder: 'test/kubectl', env: { CGO_ENABLED: '0', GOFLAGS: '-trimpath' }, vetEnv: {} },
  // One file of ours, for which vet would look at all of Gitea: a minute of work, for each run.
  { folder: 'test/gitea', env: { CGO_ENABLED: '0', GOFLAGS: '-trimpath' }, vetEnv: {}, isVetted: false },
  // The reactor compiles for wasip1 only; its tests run natively on the same packages.
  { folder: 'renderer', env: { CGO_ENABLED: '0' }, vetEnv: { GOOS: 'wasip1', GOARCH: 'wasm' } },
];

/** The modules that are there: folder, environment to compile in, whether they are vetted and have tests. */
export function goModules() {
  return modules
    .filter(({ folder }) => existsSync(join(root, folder, 'go.mod')))
    .map(({ folder, env, vetEnv, isVetted = true }) => {
      const path = join(root, folder);
      return { folder, env, vetEnv, isVetted, path, hasTests: hasTests(path) };
    });
}

function hasTests(path) {
  return readdirSync(path, { recursive: true }).some((file) => String(file).endsWith('_test.go'));
}

// Kubernetes' own kubectl, for the tests that go through everything as a user does. Nothing else uses it.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/paths.mjs';
import { run } from '../lib/run.mjs';

const folder = join(root, 'test', 'kubectl');
const sources = ['go.mod', 'go.sum', 'main.go'];

export const name = 'kubectl';
export const estimateSeconds = 60;

export function fingerprint() {
  const hash = createHash('sha256').update(JSON.stringify([process.platform, process.arch]));
  hash.update(readFileSync(import.meta.filename));
  for (const file of sources) hash.update(`\0${file}\0`).update(readFileSync(join(folder, file)));
  return hash.digest('hex').slice(0, 16);
}

/** The release of Kubernetes that its module is of: v0.36.3 is that of v1.36.3. */
function kubernetesVersion() {
  const found = /^\s*k8s\.io\/kubectl v0\.(\d+)\.(\d+)/m.exec(readFileSync(join(folder, 'go.mod'), 'utf8'));
  if (found === null) throw new Error('test/kubectl/go.mod does not require k8s.io/kubectl');
  const [, minor, patch] = found;
  return { gitVersion: `v1.${minor}.${patch}`, gitMajor: '1', gitMinor: minor, gitTreeState: 'clean' };
}

/** Builds the binary `kubectl` into the directory. */
export async function build({ log, directory }) {
  const variables = Object.entries(kubernetesVersion()).map(
    ([variable, value]) => `-X k8s.io/component-base/version.${variable}=${value}`,
  );
  const flags = ['-trimpath', '-buildvcs=false', `-ldflags=${['-s', '-w', ...variables].join(' ')}`];
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '' };
  const { code } = await run('go', ['build', ...flags, '-o', join(directory, name), '.'], { cwd: folder, env, log });
  if (code !== 0) throw new Error(`go build ended with code ${code}`);
}

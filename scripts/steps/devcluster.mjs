// The local control plane: etcd, Kubernetes and kwok as one binary, built from the Go source in devcluster/.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/paths.mjs';
import { run } from '../lib/run.mjs';

const folder = join(root, 'devcluster');

export const name = 'devcluster';
export const estimateSeconds = 280;

/**
 * Names the binary that these sources make on this machine. The version of Go is the one that go.mod asks for:
 * what is built can then be found where Go is not installed.
 */
export function fingerprint() {
  const hash = createHash('sha256').update(JSON.stringify([process.platform, process.arch]));
  hash.update(readFileSync(import.meta.filename));
  for (const file of sources()) hash.update(`\0${file}\0`).update(readFileSync(join(folder, file)));
  return hash.digest('hex').slice(0, 16);
}

function sources() {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((file) => /\.(go|yaml|mod|sum)$/.test(file) && !file.endsWith('_test.go'))
    .toSorted();
}

/** The release of Kubernetes that go.mod requires: without it clients see a version that they cannot parse. */
function kubernetesVersion() {
  const found = /^\s*k8s\.io\/kubernetes (v(\d+)\.(\d+)\S*)/m.exec(readFileSync(join(folder, 'go.mod'), 'utf8'));
  if (found === null) throw new Error('devcluster/go.mod does not require k8s.io/kubernetes');
  const [, git, major, minor] = found;
  return { gitVersion: git, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
}

/** Builds the binary `devcluster` into the directory. */
export async function build({ log, directory }) {
  const variables = Object.entries(kubernetesVersion()).map(
    ([variable, value]) => `-X k8s.io/component-base/version.${variable}=${value}`,
  );
  const flags = ['-trimpath', '-buildvcs=false', `-ldflags=${['-s', '-w', ...variables].join(' ')}`];
  // CGO off: the binary then runs on any system of its kind, and no C compiler is needed.
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '' };
  const output = join(directory, 'devcluster');
  const { code } = await run('go', ['build', ...flags, '-o', output, '.'], { cwd: folder, env, log });
  if (code !== 0) throw new Error(`go build ended with code ${code}`);
}

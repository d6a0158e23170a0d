// The renderer: upstream Helm, Kustomize and Jsonnet behind our own protocol, built from the Go source in renderer/,
// once as WebAssembly and once as a native program.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/paths.mjs';
import { run } from '../lib/run.mjs';
import { versionFlags } from '../lib/upstream.mjs';

const folder = join(root, 'renderer');

export const name = 'renderer';
export const estimateSeconds = 150;

/**
 * Names the binaries that these sources make on this machine. The version of Go is the one that go.mod asks for:
 * what is built can then be found where Go is not installed.
 */
export function fingerprint() {
  const hash = createHash('sha256').update(JSON.stringify([process.platform, process.arch, versionFlags]));
  hash.update(readFileSync(import.meta.filename));
  for (const file of sources()) hash.update(`\0${file}\0`).update(readFileSync(join(folder, file)));
  return hash.digest('hex').slice(0, 16);
}

function sources() {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((file) => /\.(go|mod|sum)$/.test(file) && !file.endsWith('_test.go'))
    .toSorted();
}

const targets = [
  { output: 'renderer.wasm', variables: { GOOS: 'wasip1', GOARCH: 'wasm' }, flags: ['-buildmode=c-shared'] },
  // CGO off: the binary then runs on any system of its kind, and no C compiler is needed.
  { output: 'renderer', variables: { CGO_ENABLED: '0' }, flags: [] },
];

/** Builds `renderer.wasm` and `renderer` into the directory. */
export async function build({ log, directory }) {
  for (const { output, variables, flags } of targets) {
    const args = [
      'build',
      '-trimpath',
      '-buildvcs=false',
      `-ldflags=-s -w ${versionFlags}`,
      ...flags,
      '-o',
      join(directory, output),
      '.',
    ];
    const env = { ...process.env, GOFLAGS: '', ...variables };
    const { code } = await run('go', args, { cwd: folder, env, log });
    if (code !== 0) throw new Error(`go build of ${output} ended with code ${code}`);
  }
}

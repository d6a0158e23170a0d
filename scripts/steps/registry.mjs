// The real registry of the CNCF's Distribution project, for the tests of sources. Nothing else uses it.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { run } from '../lib/run.mjs';

const version = 'v3.1.2';

export const name = 'registry';
export const estimateSeconds = 90;

export function fingerprint() {
  return createHash('sha256')
    .update(JSON.stringify([version, process.platform, process.arch]))
    .update(readFileSync(import.meta.filename))
    .digest('hex')
    .slice(0, 16);
}

/** Installs the binary `registry` into the directory. */
export async function build({ log, directory }) {
  const env = { ...process.env, CGO_ENABLED: '0', GOBIN: directory, GOFLAGS: '' };
  const module = `github.com/distribution/distribution/v3/cmd/registry@${version}`;
  const { code } = await run('go', ['install', '-trimpath', '-ldflags=-s -w', module], { env, log });
  if (code !== 0) throw new Error(`go install ${module} ended with code ${code}`);
}

// The definitions of other projects' kinds, for the tests that have such objects: from the projects' Go modules.
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from '../lib/run.mjs';

// Pinned by content, so that nobody between the proxy and here can slip in another one.
const modules = [
  {
    module: 'github.com/bitnami-labs/sealed-secrets@v0.40.0',
    sum: 'h1:rvCP35JL8ZV5LNA2SrwNR6iLyoM3ulrSFWN0lBtYEYI=',
    file: 'helm/sealed-secrets/crds/bitnami.com_sealedsecrets.yaml',
  },
  {
    module: 'github.com/external-secrets/external-secrets@v1.3.2',
    sum: 'h1:u2J8RjlHIeF0oZCqtl92adI/uZWUwOesJIDkfql6LqQ=',
    file: 'config/crds/bases/external-secrets.io_externalsecrets.yaml',
  },
];

export const name = 'definitions';
export const estimateSeconds = 10;

export function fingerprint() {
  return createHash('sha256')
    .update(readFileSync(import.meta.filename))
    .digest('hex')
    .slice(0, 16);
}

/** Puts the definitions into the directory, each under its name. */
export async function build({ directory }) {
  // Outside of every module of ours: none of them needs these.
  const options = { cwd: directory, env: { ...process.env, GOFLAGS: '' } };
  for (const { module, sum, file } of modules) {
    const { code, output } = await run('go', ['mod', 'download', '-json', module], options);
    if (code !== 0) throw new Error(`go mod download ${module} ended with code ${code}: ${output}`);
    const found = JSON.parse(output.slice(output.indexOf('{')));
    if (found.Sum !== sum) throw new Error(`${module} is ${found.Sum}, and not ${sum}`);
    copyFileSync(join(found.Dir, file), join(directory, basename(file)));
  }
}

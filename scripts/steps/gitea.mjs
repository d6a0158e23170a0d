// A real Gitea, for the tests that speak to a forge. Nothing else uses it.
import { createHash } from 'node:crypto';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/paths.mjs';
import { run } from '../lib/run.mjs';

const folder = join(root, 'test', 'gitea');
const sources = ['go.mod', 'go.sum', 'main.go'];

export const name = 'gitea';
export const estimateSeconds = 150;

export function fingerprint() {
  const hash = createHash('sha256').update(JSON.stringify([process.platform, process.arch]));
  hash.update(readFileSync(import.meta.filename));
  for (const file of sources) hash.update(`\0${file}\0`).update(readFileSync(join(folder, file)));
  return hash.digest('hex').slice(0, 16);
}

/** The release that its module is of. */
function giteaVersion() {
  const found = /^\s*code\.gitea\.io\/gitea v(\S+)/m.exec(readFileSync(join(folder, 'go.mod'), 'utf8'));
  if (found === null) throw new Error('test/gitea/go.mod does not require code.gitea.io/gitea');
  return found[1];
}

/** Builds the binary `gitea` into the directory, beside the files that it reads while it runs. */
export async function build({ log, directory }) {
  const flags = ['-trimpath', '-buildvcs=false', `-ldflags=-s -w -X main.version=${giteaVersion()}`];
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '' };
  const { code } = await run('go', ['build', ...flags, '-o', join(directory, name), '.'], { cwd: folder, env, log });
  if (code !== 0) throw new Error(`go build ended with code ${code}`);
  const found = await run('go', ['list', '-m', '-f', '{{.Dir}}', 'code.gitea.io/gitea'], { cwd: folder, env });
  if (found.code !== 0) throw new Error(`go list ended with code ${found.code}: ${found.output}`);
  for (const files of ['templates', 'options', 'public']) {
    cpSync(join(found.output.trim(), files), join(directory, 'static', files), { recursive: true });
  }
}

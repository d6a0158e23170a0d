// The real tools that the tests compare the renderer with: helm, kustomize and jsonnet. Nothing else uses them.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { run } from '../lib/run.mjs';
import { helmVersion, jsonnetVersion, kustomizeVersion, versionFlags } from '../lib/upstream.mjs';

// None of these modules has replace lines in its go.mod, so each can be installed as it is.
const packages = [
  `helm.sh/helm/v4/cmd/helm@${helmVersion}`,
  `sigs.k8s.io/kustomize/kustomize/v5@${kustomizeVersion}`,
  `github.com/google/go-jsonnet/cmd/jsonnet@${jsonnetVersion}`,
];

export const name = 'reference-tools';
export const estimateSeconds = 150;

export function fingerprint() {
  const recipe = JSON.stringify([packages, versionFlags, process.platform, process.arch]);
  return createHash('sha256')
    .update(recipe)
    .update(readFileSync(import.meta.filename))
    .digest('hex')
    .slice(0, 16);
}

/** Installs each tool into the directory. */
export async function build({ log, directory }) {
  for (const tool of packages) {
    const env = { ...process.env, CGO_ENABLED: '0', GOBIN: directory, GOFLAGS: '' };
    const { code } = await run('go', ['install', '-trimpath', `-ldflags=-s -w ${versionFlags}`, tool], { env, log });
    if (code !== 0) throw new Error(`go install ${tool} ended with code ${code}`);
  }
}

// The real tools that the tests compare the renderer with: helm, kustomize and jsonnet. Nothing else uses them.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/paths.mjs';
import { run } from '../lib/run.mjs';

/** The version of a module that the renderer is made of. */
function rendererVersion(module) {
  const found = readFileSync(join(root, 'renderer', 'go.mod'), 'utf8')
    .split('\n')
    .map((line) => line.trim().split(' '))
    .find(([name, version]) => name === module && version !== undefined);
  if (found === undefined) throw new Error(`renderer/go.mod does not require ${module}`);
  return found[1];
}

// The command of Kustomize has a version of its own: this one holds the kustomize/api of renderer/go.mod.
const kustomize = 'v5.8.1';

function tools() {
  const helm = rendererVersion('helm.sh/helm/v4');
  const jsonnet = rendererVersion('github.com/google/go-jsonnet');
  return [
    {
      package: `helm.sh/helm/v4/cmd/helm@${helm}`,
      variables: { 'helm.sh/helm/v4/internal/version.version': helm },
    },
    {
      package: `sigs.k8s.io/kustomize/kustomize/v5@${kustomize}`,
      variables: { 'sigs.k8s.io/kustomize/api/provenance.version': `kustomize/${kustomize}` },
    },
    { package: `github.com/google/go-jsonnet/cmd/jsonnet@${jsonnet}`, variables: {} },
  ];
}

export const name = 'reference-tools';
export const estimateSeconds = 150;

export function fingerprint() {
  const recipe = JSON.stringify([tools(), process.platform, process.arch, readFileSync(import.meta.filename, 'utf8')]);
  return createHash('sha256').update(recipe).digest('hex').slice(0, 16);
}

/** Builds each tool from its Go module, as its own release is built. None of them has replace lines in its go.mod. */
export async function build({ log, directory }) {
  for (const tool of tools()) {
    const variables = Object.entries(tool.variables).map(([variable, value]) => `-X ${variable}=${value}`);
    const flags = ['-trimpath', `-ldflags=${['-s', '-w', ...variables].join(' ')}`];
    const env = { ...process.env, CGO_ENABLED: '0', GOBIN: directory, GOFLAGS: '' };
    const { code } = await run('go', ['install', ...flags, tool.package], { env, log });
    if (code !== 0) throw new Error(`go install ${tool.package} ended with code ${code}`);
  }
}

// The upstream tools whose libraries the renderer is made of, and the versions that these call themselves by.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

/** The version of a module that renderer/go.mod requires. */
export function moduleVersion(module) {
  const found = readFileSync(join(root, 'renderer', 'go.mod'), 'utf8')
    .split('\n')
    .map((line) => line.trim().split(' '))
    .find(([name, version]) => name === module && version !== undefined);
  if (found === undefined) throw new Error(`renderer/go.mod does not require ${module}`);
  return found[1];
}

export const helmVersion = moduleVersion('helm.sh/helm/v4');
export const jsonnetVersion = moduleVersion('github.com/google/go-jsonnet');
// The command of Kustomize has a version of its own: this one holds the kustomize/api of renderer/go.mod.
export const kustomizeVersion = 'v5.8.1';

/** Linker flags with which a build tells its version as the real release does: in templates and in labels. */
export const versionFlags = [
  `-X helm.sh/helm/v4/internal/version.version=${helmVersion}`,
  `-X sigs.k8s.io/kustomize/api/provenance.version=kustomize/${kustomizeVersion}`,
].join(' ');

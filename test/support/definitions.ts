import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { installDefinition } from './crds.ts';
import type { KubeCall } from './kube-call.ts';

const project = join(import.meta.dirname, '..', '..');

/** The set-up step that fetches them, as far as finding them goes. */
interface DefinitionsStep {
  readonly fingerprint: () => string;
}

const step = (await import(join(project, 'scripts', 'steps', 'definitions.mjs'))) as DefinitionsStep;
const folder = join(project, '.cache', 'bin', `definitions-${step.fingerprint()}`);

/** Definitions of other projects, as they publish them. */
export type ForeignDefinition = 'bitnami.com_sealedsecrets' | 'external-secrets.io_externalsecrets';

/** Puts a definition of another project into the cluster. */
export async function installForeign(kube: KubeCall, name: ForeignDefinition): Promise<void> {
  const text = readFileSync(join(folder, `${name}.yaml`), 'utf8');
  await installDefinition(kube, load(text) as { readonly metadata: { readonly name: string } });
}

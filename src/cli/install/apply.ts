import { setTimeout as pause } from 'node:timers/promises';
import { plumbError } from '../../errors.ts';
import type { KubeClient } from '../../kube/index.ts';
import { keyOf, type KubeObject } from '../../object.ts';
import { resourceName } from '../output/objects.ts';

const fieldManager = 'plumbline-install';
/** How often a definition is looked at until the API serves it, in milliseconds. */
const interval = 100;
/** How long the API may take to serve a new definition, in milliseconds. */
const establishLimit = 30_000;

/** What became of one object. */
export type InstallAction = 'created' | 'configured' | 'unchanged';

async function applyOne(client: KubeClient, object: KubeObject, signal: AbortSignal): Promise<InstallAction> {
  const before = await client.get({ ...keyOf(object), apiVersion: object.apiVersion }, { signal });
  const after = await client.apply(object, { fieldManager, force: true, signal });
  if (before === undefined) return 'created';
  return before.metadata.resourceVersion === after.metadata.resourceVersion ? 'unchanged' : 'configured';
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
}

async function waitEstablished(client: KubeClient, crd: KubeObject, signal: AbortSignal): Promise<void> {
  const endsAt = performance.now() + establishLimit;
  while (performance.now() < endsAt) {
    const now = await client.get(keyOf(crd), { signal });
    const status = now?.['status'] as { conditions?: readonly Condition[] } | undefined;
    if (status?.conditions?.some(({ type, status: state }) => type === 'Established' && state === 'True')) return;
    await pause(interval, undefined, { signal });
  }
  throw plumbError('timeout', `the API server does not serve ${crd.metadata.name} after ${establishLimit / 1000} s`);
}

async function readAny(client: KubeClient, crd: KubeObject, signal: AbortSignal): Promise<void> {
  const { group, names } = crd['spec'] as { group: string; names: { kind: string } };
  const first = client.list({ group, kind: names.kind }, { chunk: 1, signal })[Symbol.asyncIterator]();
  await first.next();
  await first.return?.();
}

/** Applies the manifests in their order and waits until the definitions are served. */
export async function applyInstall(
  client: KubeClient,
  manifests: readonly KubeObject[],
  signal: AbortSignal,
  onResult: (name: string, action: InstallAction) => void,
): Promise<void> {
  for (const object of manifests) onResult(resourceName(object), await applyOne(client, object, signal));
  const definitions = manifests.filter(({ kind }) => kind === 'CustomResourceDefinition');
  await Promise.all(definitions.map((crd) => waitEstablished(client, crd, signal)));
  await client.discovery.refresh({ signal });
  // The first question for a new kind is answered with 429 until its storage is ready; the client asks again.
  await Promise.all(definitions.map((crd) => readAny(client, crd, signal)));
}

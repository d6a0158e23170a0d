import { setTimeout as pause } from 'node:timers/promises';
import { plumbError, PlumbError } from '../../errors.ts';
import type { KubeClient } from '../../kube/index.ts';
import { keyOf, type KubeObject } from '../../object.ts';
import { resourceName } from '../output/objects.ts';
import { scopeOf, watchUntil } from '../watch-until.ts';

const fieldManager = 'plumbline-install';
/** How long the API may take to serve a new definition, in milliseconds. */
const establishLimit = 30_000;
/** How often discovery is read until it has a new kind, in milliseconds. */
const discoveryInterval = 100;

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
}

async function waitEstablished(client: KubeClient, crd: KubeObject, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.timeout(establishLimit);
  const { name } = crd.metadata;
  try {
    await watchUntil({
      client,
      scopes: [scopeOf(keyOf(crd))],
      project: isEstablished,
      look: ([cache]) => cache?.get({ namespace: '', name }) === true || undefined,
      signal: AbortSignal.any([signal, limit]),
    });
  } catch (error) {
    if (!limit.aborted || signal.aborted) throw error;
    const what = `the API server does not serve ${name} after ${establishLimit / 1000} s`;
    throw plumbError('timeout', what, { cause: error });
  }
}

function isEstablished(crd: KubeObject): boolean {
  const status = crd['status'] as { conditions?: readonly Condition[] } | undefined;
  return status?.conditions?.some(({ type, status: state }) => type === 'Established' && state === 'True') ?? false;
}

/**
 * Waits until objects of a new kind can be read. Established comes before the kind is told of in discovery, which
 * cannot be watched, and before its storage is ready, until when the server answers 429 and the client asks again.
 */
async function waitServed(client: KubeClient, crd: KubeObject, signal: AbortSignal): Promise<void> {
  const { group, names } = crd['spec'] as { group: string; names: { kind: string } };
  const limit = AbortSignal.timeout(establishLimit);
  for (;;) {
    try {
      const first = client.list({ group, kind: names.kind }, { chunk: 1, signal })[Symbol.asyncIterator]();
      await first.next();
      await first.return?.();
      return;
    } catch (error) {
      if (!(error instanceof PlumbError) || error.code !== 'kube.no-such-kind' || limit.aborted) throw error;
      await pause(discoveryInterval, undefined, { signal });
      await client.discovery.refresh({ signal });
    }
  }
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
  await Promise.all(definitions.map((crd) => waitServed(client, crd, signal)));
}

import { randomBytes } from 'node:crypto';
import type { KubeClient } from '../../kube/index.ts';
import type { KubeObject } from '../../object.ts';

const fieldManager = 'plumbline-push';
const seedBytes = 32;

function seedIn(secret: KubeObject | undefined): Uint8Array | undefined {
  const data = secret?.['data'] as Readonly<Record<string, string>> | undefined;
  const seed = Buffer.from(data?.['seed'] ?? '', 'base64');
  return seed.length === seedBytes ? new Uint8Array(seed) : undefined;
}

/** Where the seed of a set is kept, and what may be done to keep it there. */
export interface SeedPlace {
  readonly client: KubeClient;
  readonly namespace: string;
  /** Name of the set. */
  readonly name: string;
  /** False for a diff, which leaves everything as it is. */
  readonly mayWrite: boolean;
  /** The sync makes the namespace where it is missing; the seed has to be kept before it begins. */
  readonly createNamespace: boolean;
}

/** The seed of a set, from the Secret that keeps it; made at the first time. */
export async function storedSeed({ client, namespace, ...place }: SeedPlace, signal: AbortSignal): Promise<Uint8Array> {
  const key = { group: '', kind: 'Secret', namespace, name: `${place.name}-seed` };
  const known = seedIn(await client.get(key, { signal }));
  if (known !== undefined) return known;
  const seed = randomBytes(seedBytes);
  if (!place.mayWrite) return seed;
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: key.name, namespace, labels: { 'app.kubernetes.io/managed-by': 'plumbline' } },
    type: 'Opaque',
    data: { seed: seed.toString('base64') },
  };
  if (place.createNamespace) await ensureNamespace(client, namespace, signal);
  await client.create(secret, { fieldManager, signal });
  return seed;
}

async function ensureNamespace(client: KubeClient, name: string, signal: AbortSignal): Promise<void> {
  const key = { group: '', kind: 'Namespace', namespace: '', name };
  if ((await client.get(key, { signal })) !== undefined) return;
  await client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, { fieldManager, signal });
}

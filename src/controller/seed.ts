import { createHmac, randomBytes } from 'node:crypto';
import { PlumbError } from '../errors.ts';
import { type KubeClient } from '../kube/index.ts';
import { type Sensitive, sensitive } from '../sensitive.ts';

const secretName = 'plumbline-render-seed';
const secretKey = 'seed';

/**
 * The secret of this installation from which the random values of all renders come, kept in a Secret of
 * Plumbline's own namespace: made once, then read. Two controllers that start at once agree on the first.
 */
export async function readSeed(
  client: KubeClient,
  namespace: string,
  signal: AbortSignal,
): Promise<Sensitive<Uint8Array>> {
  const ref = { group: '', kind: 'Secret', namespace, name: secretName };
  const existing = await client.get(ref, { signal });
  if (existing === undefined) {
    try {
      await client.create(
        {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: secretName, namespace },
          type: 'Opaque',
          data: { [secretKey]: randomBytes(32).toString('base64') },
        },
        { signal },
      );
    } catch (error) {
      if (!(error instanceof PlumbError) || error.code !== 'kube.already-exists') throw error;
    }
    return readSeed(client, namespace, signal);
  }
  const { data } = existing as { data?: Readonly<Record<string, string>> };
  return sensitive(new Uint8Array(Buffer.from(data?.[secretKey] ?? '', 'base64')));
}

/** The seed of one Application: nobody can compute it from public knowledge, and no two are alike. */
export function seedOf(installation: Sensitive<Uint8Array>, application: string): Uint8Array {
  return createHmac('sha256', installation.reveal()).update(application).digest();
}

import { createHmac, randomBytes } from 'node:crypto';
import { plumbError, PlumbError } from '../errors.ts';
import type { KubeClient } from '../kube/index.ts';
import { type Sensitive, sensitive } from '../sensitive.ts';

const secretName = 'plumbline-render-seed';
const secretKey = 'seed';
const seedBytes = 32;

/**
 * The secret of this installation from which the random values of all renders come, kept in a Secret of
 * Plumbline's own namespace: made once, then read. Two controllers that start at once agree on the first.
 * @throws PlumbError `controller.seed-invalid`
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
          data: { [secretKey]: randomBytes(seedBytes).toString('base64') },
        },
        { signal },
      );
    } catch (error) {
      if (!(error instanceof PlumbError) || error.code !== 'kube.already-exists') throw error;
    }
    return readSeed(client, namespace, signal);
  }
  const { data } = existing as { data?: Readonly<Record<string, string>> };
  const seed = Buffer.from(data?.[secretKey] ?? '', 'base64');
  // A short seed could be guessed, and one made anew would change every random value that was ever rendered.
  if (seed.length < seedBytes) {
    throw plumbError(
      'controller.seed-invalid',
      `it holds ${seed.length} bytes under \`${secretKey}\`, not ${seedBytes}`,
      {
        where: { object: `Secret ${namespace}/${secretName}` },
      },
    );
  }
  return sensitive(new Uint8Array(seed));
}

/** The seed of one Application: nobody can compute it from public knowledge, and no two are alike. */
export function seedOf(installation: Sensitive<Uint8Array>, application: string): Uint8Array {
  return createHmac('sha256', installation.reveal()).update(application).digest();
}

import { PlumbError } from '../../../errors.ts';
import type { KubeClient } from '../../../kube/index.ts';
import type { KubeObject } from '../../../object.ts';
import { sessionNames, timeIn, userKey } from './record.ts';
import { signedOutNames } from './signed-out.ts';

/** So many sessions one user has at the same time; the one that was unused longest gives way. */
const mostPerUser = 20;
const secrets = { group: '', kind: 'Secret' };
const limit = () => ({ signal: AbortSignal.timeout(30_000) });

/** The sessions of a user, or of everybody; never what is in them. */
async function listSessions(client: KubeClient, namespace: string, labelSelector: string): Promise<KubeObject[]> {
  const found: KubeObject[] = [];
  const list = client.list(secrets, { namespace, labelSelector, metadataOnly: true, ...limit() });
  for await (const object of list) found.push(object);
  return found;
}

async function remove(client: KubeClient, namespace: string, objects: readonly KubeObject[]): Promise<void> {
  await Promise.all(
    objects.map(async ({ metadata: { name } }) => {
      try {
        await client.delete({ ...secrets, namespace, name }, limit());
      } catch (error) {
        if (!(error instanceof PlumbError) || error.code !== 'kube.not-found') throw error;
      }
    }),
  );
}

const ofUser = (username: string): string => `${sessionNames.kind}=true,${sessionNames.user}=${userKey(username)}`;

/** Ends all sessions of a user. */
export async function endSessionsOf(client: KubeClient, namespace: string, username: string): Promise<void> {
  await remove(client, namespace, await listSessions(client, namespace, ofUser(username)));
}

/** Sees to it that a user may have one more session. */
export async function makeRoom(client: KubeClient, namespace: string, username: string): Promise<void> {
  const sessions = await listSessions(client, namespace, ofUser(username));
  const oldestFirst = sessions.toSorted(
    (one, other) => timeIn(one, sessionNames.seen) - timeIn(other, sessionNames.seen),
  );
  await remove(client, namespace, oldestFirst.slice(0, Math.max(0, sessions.length - mostPerUser + 1)));
}

/** Removes what has ended by itself. */
export async function sweepSessions(
  client: KubeClient,
  namespace: string,
  { now, idle }: { readonly now: number; readonly idle: number },
): Promise<void> {
  const sessions = await listSessions(client, namespace, `${sessionNames.kind}=true`);
  const records = await listSessions(client, namespace, `${signedOutNames.kind}=true`);
  await remove(client, namespace, [
    ...sessions.filter(
      (each) => timeIn(each, sessionNames.ends) <= now || timeIn(each, sessionNames.seen) + idle <= now,
    ),
    ...records.filter((each) => timeIn(each, signedOutNames.ends) <= now),
  ]);
}

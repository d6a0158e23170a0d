import { createHash } from 'node:crypto';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { group } from '../../../names.ts';
import type { KubeObject, ObjectKey } from '../../../object.ts';
import type { SessionSecret } from './secret.ts';

const recordSchema = Type.Object({
  user: Type.Object({
    username: Type.String({ minLength: 1 }),
    groups: Type.Array(Type.String({ minLength: 1 })),
    email: Type.Optional(Type.String()),
    displayName: Type.Optional(Type.String()),
    how: Type.Enum(['oidc', 'link']),
  }),
  /** Milliseconds since 1970, as all times here. */
  createdAt: Type.Number(),
  endsAt: Type.Number(),
  /** When the issuer last said who this is. */
  vouchedAt: Type.Number(),
  subject: Type.Optional(Type.String()),
  refreshToken: Type.Optional(Type.String()),
});

/** What is known of a session, sealed with its cookie. */
export type SessionRecord = Static<typeof recordSchema>;

/** A session as it lies in Kubernetes. */
export interface StoredSession {
  readonly object: KubeObject;
  readonly record: SessionRecord;
  /** When it was last used, as far as was written down. */
  readonly seenAt: number;
  /** Until when somebody is asking the issuer for it. */
  readonly refreshingUntil: number;
  /** Whether the issuer did not answer whoever asked last. */
  readonly refreshFailed: boolean;
}

/** The labels and annotations of sessions. */
export const sessionNames = {
  kind: `${group}/session`,
  user: `${group}/session-user`,
  seen: `${group}/session-seen`,
  ends: `${group}/session-ends`,
  refreshing: `${group}/session-refreshing`,
  /** Says of which question, by its time in `refreshing`, that it was not answered. */
  refreshFailed: `${group}/session-refresh-failed`,
} as const;

/** The type of the Secrets of sessions. */
export const sessionType = `${group}/session`;

/** A name for a user that fits into a label and a name of Kubernetes. */
export function userKey(username: string): string {
  return createHash('sha256').update(username).digest('hex').slice(0, 40);
}

/** Which Secret holds a session. */
export function sessionKey(namespace: string, id: string): ObjectKey {
  return { group: '', kind: 'Secret', namespace, name: `plumbline-session-${id}` };
}

/** The Secret of a session. */
export function sessionObject(
  namespace: string,
  secret: SessionSecret,
  record: SessionRecord,
  seenAt: number,
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: sessionType,
    metadata: {
      name: sessionKey(namespace, secret.id).name,
      namespace,
      labels: {
        'app.kubernetes.io/managed-by': 'plumbline',
        [sessionNames.kind]: 'true',
        [sessionNames.user]: userKey(record.user.username),
      },
      annotations: {
        [sessionNames.seen]: new Date(seenAt).toISOString(),
        [sessionNames.ends]: new Date(record.endsAt).toISOString(),
      },
    },
    data: { record: secret.seal(JSON.stringify(record)).toString('base64') },
  };
}

/** What a Secret holds; undefined where it was not sealed with this cookie, whoever wrote it. */
export function readSession(object: KubeObject, secret: SessionSecret): StoredSession | undefined {
  const { record: sealed } = (object['data'] ?? {}) as { readonly record?: unknown };
  if (object['type'] !== sessionType || typeof sealed !== 'string') return undefined;
  const text = secret.open(Buffer.from(sealed, 'base64'));
  if (text === undefined) return undefined;
  const record: unknown = JSON.parse(text);
  if (!Value.Check(recordSchema, record)) return undefined;
  const refreshingUntil = timeIn(object, sessionNames.refreshing);
  return {
    object,
    record,
    seenAt: timeIn(object, sessionNames.seen),
    refreshingUntil,
    refreshFailed: refreshingUntil > 0 && timeIn(object, sessionNames.refreshFailed) === refreshingUntil,
  };
}

/** The time in an annotation; 0 where there is none. */
export function timeIn({ metadata }: KubeObject, annotation: string): number {
  const time = Date.parse(metadata.annotations?.[annotation] ?? '');
  return Number.isNaN(time) ? 0 : time;
}

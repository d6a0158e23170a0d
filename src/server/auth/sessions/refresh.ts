import { PlumbError, plumbError } from '../../../errors.ts';
import type { Log } from '../../../controller/index.ts';
import type { KubeClient } from '../../../kube/index.ts';
import type { KubeObject } from '../../../object.ts';
import { sensitive } from '../../../sensitive.ts';
import type { Issuer, Vouched } from '../oidc/issuer.ts';
import type { SignedIn } from '../types.ts';
import {
  readSession,
  sessionKey,
  sessionNames,
  sessionObject,
  type SessionRecord,
  type StoredSession,
} from './record.ts';
import type { SessionSecret } from './secret.ts';

/** What is needed to ask the issuer again. */
export interface RefreshOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly issuer: Issuer | undefined;
  readonly log: Log;
  readonly times: { readonly vouched: number; readonly stale: number };
  readonly now: () => number;
}

/** Milliseconds for which one replica asks and the others do not: an issuer may take a refresh token only once. */
const askingFor = 20_000;
const patience = 5_000;
const limits = () => ({ signal: AbortSignal.timeout(patience), patience });

/**
 * The session as the issuer knows its person now; the same where it is not yet time, or another replica asks just now.
 * Undefined where the session has ended.
 * @throws PlumbError `auth.required`, `auth.claims` where the issuer does not vouch any more: the session is gone then;
 *   `auth.unavailable` where it has not answered for too long
 */
export async function refreshSession(
  options: RefreshOptions,
  secret: SessionSecret,
  stored: StoredSession,
): Promise<StoredSession | undefined> {
  const { client, namespace, issuer, times, now } = options;
  const { record } = stored;
  const age = now() - record.vouchedAt;
  if (record.refreshToken === undefined || age < times.vouched) return stored;
  if (issuer === undefined)
    throw await ended(options, secret, plumbError('auth.required', 'OIDC is not used any more'));
  if (stored.refreshingUntil > now()) {
    if (age < times.stale) return stored;
    throw plumbError('auth.unavailable', 'the OIDC issuer is being asked');
  }
  const claimed = await claim(options, stored);
  if (claimed === 'changed') {
    const object = await client.get(sessionKey(namespace, secret.id), limits());
    return object === undefined ? undefined : readSession(object, secret);
  }
  let vouched: Awaited<ReturnType<Issuer['refresh']>>;
  try {
    vouched = await issuer.refresh(sensitive(record.refreshToken), record.subject ?? '');
    checkSame(vouched.user, record);
  } catch (error) {
    if (!(error instanceof PlumbError) || error.code !== 'auth.unavailable') throw await ended(options, secret, error);
    if (age >= times.stale) throw error;
    options.log.warn({ problems: error.problems }, 'the OIDC issuer could not be asked again who somebody is');
    return stored;
  }
  return write(options, secret, claimed, { record, vouched });
}

/** Says that this process asks; whoever read the same session before and comes later is told that it changed. */
async function claim({ client, now }: RefreshOptions, { object }: StoredSession): Promise<KubeObject | 'changed'> {
  const until = new Date(now() + askingFor).toISOString();
  const annotations = { ...object.metadata.annotations, [sessionNames.refreshing]: until };
  try {
    return await client.update({ ...object, metadata: { ...object.metadata, annotations } }, limits());
  } catch (error) {
    const lost = ['kube.stale', 'kube.not-found'];
    if (error instanceof PlumbError && lost.includes(error.code)) return 'changed';
    throw error;
  }
}

async function write(
  { client, namespace, now }: RefreshOptions,
  secret: SessionSecret,
  claimed: KubeObject,
  { record, vouched }: { readonly record: SessionRecord; readonly vouched: Awaited<ReturnType<Issuer['refresh']>> },
): Promise<StoredSession | undefined> {
  const next: SessionRecord = {
    ...record,
    user: vouched.user === undefined ? record.user : { ...vouched.user, groups: [...vouched.user.groups], how: 'oidc' },
    vouchedAt: now(),
    ...tokenOf(vouched),
  };
  const { data, metadata } = sessionObject(namespace, secret, next, now());
  const labels = { ...claimed.metadata.labels, ...metadata.labels };
  const object = {
    ...claimed,
    data,
    metadata: { ...claimed.metadata, labels, annotations: metadata.annotations ?? {} },
  };
  return readSession(await client.update(object, limits()), secret);
}

function tokenOf({ refreshToken }: Pick<Vouched, 'refreshToken'>): { readonly refreshToken?: string } {
  return refreshToken === undefined ? {} : { refreshToken: refreshToken.reveal() };
}

/** Groups may change; who has another name is somebody else to Kubernetes, and signs in anew. */
function checkSame(user: SignedIn | undefined, { user: before }: SessionRecord): void {
  if (user !== undefined && user.username !== before.username) {
    throw plumbError('auth.required', 'the person has another name now');
  }
}

async function ended({ client, namespace }: RefreshOptions, secret: SessionSecret, error: unknown): Promise<unknown> {
  await client.delete(sessionKey(namespace, secret.id), limits());
  return error;
}

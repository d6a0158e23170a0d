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
import { untilChanged } from './until-changed.ts';

/** What is needed to ask the issuer again. */
export interface RefreshOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly issuer: Issuer | undefined;
  readonly log: Log;
  readonly times: { readonly vouched: number; readonly stale: number };
  readonly now: () => number;
}

type Refreshed = Awaited<ReturnType<Issuer['refresh']>>;

/**
 * Milliseconds for which one replica asks and the others do not: an issuer may take a refresh token only once. More
 * than an issuer is waited for, so that nobody takes over from a replica that still lives.
 */
const askingFor = 30_000;
const patience = 5_000;
const limits = () => ({ signal: AbortSignal.timeout(patience), patience });

/**
 * The session as the issuer knows its person now; the same where it is not yet time, or another replica asks just now.
 * Where that is too old to go on, the answer to the other replica is waited for.
 * Undefined where the session has ended.
 * @throws PlumbError `auth.required`, `auth.claims` where the issuer does not vouch any more: the session is gone then;
 *   `auth.unavailable` where it has not answered for too long
 */
export async function refreshSession(
  options: RefreshOptions,
  secret: SessionSecret,
  found: StoredSession,
): Promise<StoredSession | undefined> {
  const { issuer, times, now } = options;
  let stored: StoredSession | undefined = found;
  while (stored !== undefined) {
    const { record } = stored;
    const age = now() - record.vouchedAt;
    if (record.refreshToken === undefined || age < times.vouched) return stored;
    if (issuer === undefined)
      throw await ended(options, secret, plumbError('auth.required', 'OIDC is not used any more'));
    if (isAsked(stored, now())) {
      if (age < times.stale) return stored;
      if (stored.refreshFailed) throw plumbError('auth.unavailable', 'the OIDC issuer did not answer a moment ago');
      await untilChanged(options, sessionKey(options.namespace, secret.id), stored);
    } else {
      const claimed = await claim(options, stored);
      if (claimed !== 'changed') return ask(options, secret, claimed, { ...stored, issuer });
    }
    stored = await readAgain(options, secret);
  }
  return undefined;
}

/** A time further ahead than anybody asks comes from another clock, and holds nobody up. */
function isAsked({ refreshingUntil }: StoredSession, time: number): boolean {
  return refreshingUntil > time && refreshingUntil <= time + 2 * askingFor;
}

async function readAgain(
  { client, namespace }: RefreshOptions,
  secret: SessionSecret,
): Promise<StoredSession | undefined> {
  const object = await client.get(sessionKey(namespace, secret.id), limits());
  return object === undefined ? undefined : readSession(object, secret);
}

/** Says that this process asks; whoever read the same session before and comes later is told that it changed. */
async function claim({ client, now }: RefreshOptions, { object }: StoredSession): Promise<KubeObject | 'changed'> {
  const until = new Date(now() + askingFor).toISOString();
  const annotations = { ...object.metadata.annotations, [sessionNames.refreshing]: until };
  try {
    return await client.update({ ...object, metadata: { ...object.metadata, annotations } }, limits());
  } catch (error) {
    if (isOvertaken(error)) return 'changed';
    throw error;
  }
}

function isOvertaken(error: unknown): boolean {
  return error instanceof PlumbError && ['kube.stale', 'kube.not-found'].includes(error.code);
}

async function ask(
  options: RefreshOptions,
  secret: SessionSecret,
  claimed: KubeObject,
  stored: StoredSession & { readonly issuer: Issuer },
): Promise<StoredSession | undefined> {
  const { record, issuer } = stored;
  const { times, now, log } = options;
  let vouched: Refreshed;
  try {
    vouched = await issuer.refresh(sensitive(record.refreshToken ?? ''), record.subject ?? '');
    checkSame(vouched.user, record);
  } catch (error) {
    if (!(error instanceof PlumbError) || error.code !== 'auth.unavailable') throw await ended(options, secret, error);
    await tellFailed(options, secret, claimed);
    if (now() - record.vouchedAt >= times.stale) throw error;
    log.warn({ problems: error.problems }, 'the OIDC issuer could not be asked again who somebody is');
    return stored;
  }
  return write(options, secret, claimed, { record, vouched });
}

/** For those who wait for the answer. */
async function tellFailed(
  { client, namespace, log }: RefreshOptions,
  secret: SessionSecret,
  { metadata }: KubeObject,
): Promise<void> {
  const annotations = { [sessionNames.refreshFailed]: metadata.annotations?.[sessionNames.refreshing] };
  const key = sessionKey(namespace, secret.id);
  await client
    .patch(key, { metadata: { annotations } }, { type: 'merge', ...limits() })
    .catch(() => log.warn({}, 'other replicas could not be told that the OIDC issuer does not answer'));
}

/**
 * Others write down meanwhile that the session is used. The old refresh token may be used up, so that what the issuer
 * answered has to be kept whoever was quicker, but for one who asked later.
 */
async function write(
  options: RefreshOptions,
  secret: SessionSecret,
  claimed: KubeObject,
  { record, vouched }: { readonly record: SessionRecord; readonly vouched: Refreshed },
): Promise<StoredSession | undefined> {
  const { client, namespace, now } = options;
  const next: SessionRecord = {
    ...record,
    user: vouched.user === undefined ? record.user : { ...vouched.user, groups: [...vouched.user.groups], how: 'oidc' },
    vouchedAt: now(),
    ...tokenOf(vouched),
  };
  const { data, metadata } = sessionObject(namespace, secret, next, now());
  let there = claimed;
  for (;;) {
    const labels = { ...there.metadata.labels, ...metadata.labels };
    const annotations = metadata.annotations ?? {};
    const object = { ...there, data, metadata: { ...there.metadata, labels, annotations } };
    try {
      return readSession(await client.update(object, limits()), secret);
    } catch (error) {
      if (!isOvertaken(error)) throw error;
      const stored = await readAgain(options, secret);
      if (stored === undefined || stored.record.vouchedAt !== record.vouchedAt) return stored;
      there = stored.object;
    }
  }
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

import { PlumbError, plumbError } from '../../../errors.ts';
import type { Log } from '../../../controller/index.ts';
import type { KubeClient } from '../../../kube/index.ts';
import { type Sensitive, sensitive } from '../../../sensitive.ts';
import type { Issuer } from '../oidc/issuer.ts';
import { createRemembered } from '../remembered.ts';
import type { SignedIn } from '../types.ts';
import { withOwnRights } from '../unavailable.ts';
import { endSessionsOf, makeRoom, sweepSessions } from './clean.ts';
import {
  readSession,
  type SessionRecord,
  sessionKey,
  sessionNames,
  sessionObject,
  type StoredSession,
} from './record.ts';
import { refreshSession } from './refresh.ts';
import { createSessionSecret, type SessionSecret } from './secret.ts';
import type { SignedOut } from './signed-out.ts';

/** How long sessions last. All are milliseconds. */
export interface SessionTimes {
  /** Without a request. */
  readonly idle: number;
  /** From sign-in on, whatever happens. */
  readonly whole: number;
  /** The same where the issuer gives no refresh token, so that it cannot be asked again. */
  readonly unconfirmed: number;
  /** Until the issuer is asked again who somebody is. */
  readonly vouched: number;
  /** Until nobody is believed whose issuer does not answer. */
  readonly stale: number;
  /** Between looks at Kubernetes for the same session: so long one lives on that another replica has ended. */
  readonly looked: number;
}

const minute = 60_000;

/** What is taken where nothing else is said. */
export const defaultTimes: SessionTimes = {
  idle: 60 * minute,
  whole: 12 * 60 * minute,
  unconfirmed: 60 * minute,
  vouched: 5 * minute,
  stale: 30 * minute,
  looked: 2_000,
};

/** What sessions are made with. */
export interface SessionsOptions {
  readonly client: KubeClient;
  /** The system namespace. */
  readonly namespace: string;
  /** Undefined where nobody signs in with OIDC. */
  readonly issuer: Issuer | undefined;
  readonly signedOut: SignedOut;
  readonly log: Log;
  readonly times?: Partial<SessionTimes>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
}

/** A session that goes on. */
export interface Session {
  readonly user: SignedIn;
  /** Milliseconds since 1970; it may end earlier. */
  readonly endsAt: number;
}

/** Sessions of browsers. Their state lies in Kubernetes, and in their cookies. */
export interface Sessions {
  /** Always a new one, whatever cookie the browser had. */
  begin(
    user: SignedIn,
    proof?: { readonly subject: string; readonly refreshToken: Sensitive | undefined },
  ): Promise<SessionSecret>;
  /** @throws PlumbError `auth.required` where it has ended; `auth.claims`, `auth.unavailable` */
  find(secret: SessionSecret): Promise<Session>;
  /** Whether it was found a moment ago, so that it costs nothing to look again. */
  isKnown(secret: SessionSecret): boolean;
  end(secret: SessionSecret): Promise<void>;
  /** Ends all that somebody has: sessions and tokens of the issuer. */
  endAll(username: string): Promise<void>;
}

const patience = 5_000;
const limits = () => ({ signal: AbortSignal.timeout(patience), patience });
/** Milliseconds. */
const sweepEvery = 10 * minute;

/** Keeps sessions in Secrets of the system namespace, one each, sealed with the session's own cookie. */
export function createSessions(options: SessionsOptions): Sessions {
  const { client, namespace, signedOut, now } = options;
  const times = { ...defaultTimes, ...options.times };
  const remembered = createRemembered<{ readonly stored: StoredSession | undefined }>({
    entries: 10_000,
    keep: () => times.looked,
    now: options.monotonic,
  });

  const look = async (secret: SessionSecret): Promise<{ readonly stored: StoredSession | undefined }> => {
    const object = await client.get(sessionKey(namespace, secret.id), limits());
    const stored = object === undefined ? undefined : readSession(object, secret);
    if (stored === undefined) return { stored };
    if (hasEnded(stored, times, now())) {
      await client.delete(sessionKey(namespace, secret.id), limits());
      return { stored: undefined };
    }
    return { stored: await refreshed(secret, await seen(secret, stored)) };
  };

  const seen = async (secret: SessionSecret, stored: StoredSession): Promise<StoredSession> => {
    if (now() - stored.seenAt < times.idle / 10) return stored;
    const annotations = { [sessionNames.seen]: new Date(now()).toISOString() };
    const object = await client.patch(
      sessionKey(namespace, secret.id),
      { metadata: { annotations } },
      { type: 'merge', ...limits() },
    );
    return readSession(object, secret) ?? stored;
  };

  const refreshed = (secret: SessionSecret, stored: StoredSession): Promise<StoredSession | undefined> =>
    refreshSession({ ...options, times }, secret, stored);

  let swept = Number.NEGATIVE_INFINITY;
  const sweep = async (): Promise<void> => {
    if (options.monotonic() - swept < sweepEvery) return;
    swept = options.monotonic();
    await sweepSessions(client, namespace, { now: now(), idle: times.idle }).catch(() =>
      options.log.warn({}, 'sessions that have ended could not be removed'),
    );
  };

  return {
    async begin(user, proof) {
      const secret = createSessionSecret();
      const refreshToken = proof?.refreshToken?.reveal();
      const life = user.how === 'oidc' && refreshToken === undefined ? times.unconfirmed : times.whole;
      const record = recordOf(user, { now: now(), life, subject: proof?.subject, refreshToken });
      await withOwnRights('the session cannot be written down', async () => {
        await makeRoom(client, namespace, user.username);
        await client.create(sessionObject(namespace, secret, record, now()), limits());
      });
      await sweep();
      return secret;
    },
    isKnown: (secret) => remembered.peek(secret.id)?.stored !== undefined,
    async find(secret) {
      const { stored } = await withOwnRights('the session cannot be looked up', () =>
        remembered
          .get(secret.id, () => look(secret))
          .catch((error: unknown) => {
            // Ended while it was looked at.
            if (error instanceof PlumbError && error.code === 'kube.not-found') return { stored: undefined };
            throw error;
          }),
      );
      if (stored === undefined || hasEnded(stored, times, now())) {
        throw plumbError('auth.required', 'the session has ended');
      }
      const { user, createdAt, endsAt } = stored.record;
      await signedOut.check(user.username, createdAt);
      return { user, endsAt };
    },
    async end(secret) {
      remembered.forget(secret.id);
      const { issuer } = options;
      const object = await withOwnRights('the session cannot be ended', async () => {
        const found = await client.get(sessionKey(namespace, secret.id), limits());
        if (found !== undefined) await client.delete(sessionKey(namespace, secret.id), limits());
        return found;
      });
      if (object === undefined) return;
      remembered.forget(secret.id);
      const token = readSession(object, secret)?.record.refreshToken;
      if (token === undefined || issuer === undefined) return;
      // The session is gone whatever the issuer says.
      await issuer.revoke(sensitive(token)).catch(() => options.log.warn({}, 'the issuer did not take back a token'));
    },
    async endAll(username) {
      await withOwnRights('not all sessions can be ended', async () => {
        await signedOut.endUser(username);
        await endSessionsOf(client, namespace, username);
      });
    },
  };
}

function hasEnded({ record, seenAt }: StoredSession, { idle }: SessionTimes, time: number): boolean {
  return time >= record.endsAt || time - seenAt >= idle;
}

function recordOf(
  user: SignedIn,
  proof: {
    readonly now: number;
    readonly life: number;
    readonly subject: string | undefined;
    readonly refreshToken: string | undefined;
  },
): SessionRecord {
  const { username, groups, email, displayName, how } = user;
  // A token of Kubernetes proves itself anew with each request.
  if (how === 'token') throw new Error('a token makes no session');
  return {
    user: {
      username,
      groups: [...groups],
      ...(email === undefined ? {} : { email }),
      ...(displayName === undefined ? {} : { displayName }),
      how,
    },
    createdAt: proof.now,
    endsAt: proof.now + proof.life,
    vouchedAt: proof.now,
    ...(proof.subject === undefined ? {} : { subject: proof.subject }),
    ...(proof.refreshToken === undefined ? {} : { refreshToken: proof.refreshToken }),
  };
}

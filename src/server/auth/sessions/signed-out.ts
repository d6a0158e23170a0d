import { createHash } from 'node:crypto';
import { PlumbError, plumbError } from '../../../errors.ts';
import type { KubeClient } from '../../../kube/index.ts';
import { group } from '../../../names.ts';
import type { KubeObject, ObjectKey } from '../../../object.ts';
import { createRemembered } from '../remembered.ts';
import { userKey } from './record.ts';

/** What the record of who has signed out is made with. */
export interface SignedOutOptions {
  readonly client: KubeClient;
  /** The system namespace. */
  readonly namespace: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
}

/** Who has signed out everywhere, and which tokens were signed out before their end. */
export interface SignedOut {
  /** Ends everything of a user that began before now. */
  endUser(username: string): Promise<void>;
  /** Ends one token, which is good until then by itself. */
  endToken(username: string, token: string, until: number): Promise<void>;
  /** @throws PlumbError `auth.required` where it was ended; `auth.unavailable` where that cannot be found out */
  check(username: string, begun: number, token?: string): Promise<void>;
}

interface Ended {
  readonly before: number;
  readonly tokens: ReadonlySet<string>;
}

/** The label of these records, and the annotation that says when they may go. */
export const signedOutNames = { kind: `${group}/signed-out`, ends: `${group}/signed-out-ends` } as const;

/** Milliseconds: no token or session is believed longer than this, and so no record is needed longer. */
export const longestBelief = 25 * 60 * 60 * 1000;
/** Milliseconds after which another replica's record is seen. */
const goodFor = 2_000;
const patience = 5_000;
const mostTokens = 200;
const limits = () => ({ signal: AbortSignal.timeout(patience), patience });

/** One Secret for each user who signed out lately, in the system namespace. */
export function createSignedOut({ client, namespace, now, monotonic }: SignedOutOptions): SignedOut {
  const remembered = createRemembered<Ended>({ entries: 10_000, keep: () => goodFor, now: monotonic });
  const keyOf = (username: string): ObjectKey => {
    return { group: '', kind: 'Secret', namespace, name: `plumbline-signed-out-${userKey(username)}` };
  };

  const ask = async (username: string): Promise<Ended> => {
    try {
      const object = await client.get(keyOf(username), limits());
      return object === undefined ? { before: 0, tokens: new Set() } : readEnded(object);
    } catch (error) {
      throw plumbError('auth.unavailable', 'it cannot be found out who has signed out', { cause: error });
    }
  };

  /** Merged by the API server key by key, so that two replicas lose nothing of one another's. */
  const add = async (username: string, data: Readonly<Record<string, string>>): Promise<void> => {
    const key = keyOf(username);
    const annotations = { [signedOutNames.ends]: new Date(now() + longestBelief).toISOString() };
    const labels = { 'app.kubernetes.io/managed-by': 'plumbline', [signedOutNames.kind]: 'true' };
    const metadata = { name: key.name, namespace, labels, annotations };
    const encoded = Object.fromEntries(
      Object.entries(data).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
    );
    const patch = () => client.patch(key, { metadata: { annotations }, data: encoded }, { type: 'merge', ...limits() });
    try {
      await client.create(
        { apiVersion: 'v1', kind: 'Secret', type: signedOutNames.kind, metadata, data: encoded },
        limits(),
      );
    } catch (error) {
      if (!(error instanceof PlumbError) || error.code !== 'kube.already-exists') throw error;
      await patch();
    }
    remembered.forget(username);
  };

  return {
    endUser: (username) => add(username, { before: String(now()) }),
    async endToken(username, token, until) {
      const { tokens } = await ask(username);
      // So many of one user: whoever signs out that often loses nothing by signing out everywhere.
      if (tokens.size >= mostTokens) return add(username, { before: String(now()) });
      await add(username, { [`token-${digest(token)}`]: String(until) });
    },
    async check(username, begun, token) {
      const { before, tokens } = await remembered.get(username, () => ask(username));
      if (begun <= before || (token !== undefined && tokens.has(digest(token)))) {
        throw plumbError('auth.required', 'this sign-in was ended');
      }
    },
  };
}

/** What names a token in a record: it is known only to who has the token. */
function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 40);
}

function readEnded(object: KubeObject): Ended {
  const data = (object['data'] ?? {}) as Readonly<Record<string, string>>;
  const before = Number(Buffer.from(data['before'] ?? '', 'base64').toString('utf8'));
  // What nobody can read ends everything rather than nothing.
  return {
    before: Number.isFinite(before) ? before : Number.MAX_SAFE_INTEGER,
    tokens: new Set(Object.keys(data).flatMap((name) => (name.startsWith('token-') ? [name.slice(6)] : []))),
  };
}

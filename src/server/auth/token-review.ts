import { Type, type Static } from 'typebox';
import { plumbError } from '../../errors.ts';
import type { KubeClient } from '../../kube/index.ts';
import { digestOf } from './digest.ts';
import { createRemembered } from './remembered.ts';
import { defaultPatience, review } from './review.ts';
import type { SignedIn } from './types.ts';

/** How Kubernetes bearer tokens are looked at. */
export interface TokenReviewOptions {
  /** With Plumbline's own rights. */
  readonly client: KubeClient;
  /** For whom a token has to be made; that of the API server itself where there are none. */
  readonly audiences?: readonly string[];
  /** Milliseconds to wait for an answer of the API server. */
  readonly patience?: number;
  /** Milliseconds that never go back. */
  readonly now: () => number;
}

/** Finds out whose a Kubernetes bearer token is. */
export interface TokenReviewer {
  /** @throws PlumbError `auth.required`, `auth.unavailable` */
  review(token: string): Promise<SignedIn>;
  /** Whether the token was found good a moment ago, so that it costs nothing to look at it. */
  isKnown(token: string): boolean;
}

/** Milliseconds after which the API server is asked again: so long a token lives on that was revoked. */
const goodFor = 5_000;
const badFor = 2_000;
const longestToken = 12 * 1024;

const statusSchema = Type.Object({
  authenticated: Type.Optional(Type.Boolean()),
  audiences: Type.Optional(Type.Array(Type.String())),
  user: Type.Optional(
    Type.Object({
      username: Type.Optional(Type.String()),
      uid: Type.Optional(Type.String()),
      groups: Type.Optional(Type.Array(Type.String())),
      extra: Type.Optional(Type.Record(Type.String(), Type.Array(Type.String()))),
    }),
  ),
});
type Status = Static<typeof statusSchema>;

/** Asks the API server whose a token is (TokenReview), and remembers the answer for a few seconds. */
export function createTokenReviewer({
  client,
  audiences = [],
  patience = defaultPatience,
  now,
}: TokenReviewOptions): TokenReviewer {
  const remembered = createRemembered<{ readonly user: SignedIn | undefined }>({
    entries: 4096,
    keep: ({ user }) => (user === undefined ? badFor : goodFor),
    now,
  });
  const ask = async (token: string): Promise<{ readonly user: SignedIn | undefined }> => {
    const spec = { token, ...(audiences.length === 0 ? {} : { audiences }) };
    return {
      user: userIn(await review(client, { kind: 'TokenReview', spec, status: statusSchema, patience }), audiences),
    };
  };
  return {
    isKnown: (token) => remembered.peek(digestOf(token))?.user !== undefined,
    async review(token) {
      const isToken = token.length <= longestToken && /^[\x21-\x7e]+$/.test(token);
      const { user } = isToken ? await remembered.get(digestOf(token), () => ask(token)) : { user: undefined };
      if (user === undefined) throw plumbError('auth.required', 'the token is not one that the API server knows');
      return user;
    },
  };
}

function userIn(
  { authenticated, audiences: proved = [], user }: Status,
  wanted: readonly string[],
): SignedIn | undefined {
  if (authenticated !== true || user === undefined) return undefined;
  // An API server that knows nothing of audiences names none; the token is for the API server then, and not for us.
  if (wanted.length > 0 && !wanted.some((audience) => proved.includes(audience))) return undefined;
  const { username = '', uid, groups = [], extra } = user;
  const anonymous = username === 'system:anonymous' || groups.includes('system:unauthenticated');
  if (username.trim() === '' || anonymous || groups.some((group) => group.trim() === '')) return undefined;
  return {
    username,
    groups: groups.filter((group) => group !== 'system:authenticated'),
    ...(uid === undefined || uid === '' ? {} : { uid }),
    ...(extra === undefined ? {} : { extra }),
    how: 'token',
  };
}

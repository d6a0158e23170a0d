import type { FastifyInstance } from 'fastify';
import type { Log } from '../../controller/index.ts';
import type { Egress } from '../../egress.ts';
import type { KubeClient } from '../../kube/index.ts';
import { createAuthorizer } from './access-review.ts';
import { createAuthenticate } from './authenticate.ts';
import { type Cookies, createCookies } from './cookies.ts';
import { createGuard, type GuardLimits } from './guard.ts';
import { createLinkSignIn } from './link.ts';
import { createIssuer } from './oidc/issuer.ts';
import type { OidcSettings } from './oidc/settings.ts';
import { under } from './return-to.ts';
import { addSignInRoutes } from './routes.ts';
import { createSessions, type SessionTimes } from './sessions/sessions.ts';
import { createSignedOut } from './sessions/signed-out.ts';
import { createTokenReviewer } from './token-review.ts';
import type { Authenticate, Authorizer, SignedIn } from './types.ts';
import { tellUnavailable } from './unavailable.ts';

/** How people and programs sign in to an installation. */
export interface SignInOptions {
  /** With Plumbline's own rights. */
  readonly client: KubeClient;
  /** The system namespace, where sessions are kept. */
  readonly namespace: string;
  /**
   * The URL under which people see this server; asked once a request comes, as its port may not be known before. Left
   * out where nobody comes with a browser.
   */
  readonly publicUrl?: () => string;
  readonly oidc?: OidcSettings;
  /** Who signs in with a link: only on a cluster that is this machine's own. */
  readonly link?: SignedIn;
  /** For whom Kubernetes tokens have to be made; for the API server itself where left out. */
  readonly audiences?: readonly string[];
  readonly egress: Pick<Egress, 'check' | 'lookup'>;
  readonly log: Log;
  readonly times?: Partial<SessionTimes>;
  readonly guardLimits?: Partial<GuardLimits>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
}

/** Sign-in, ready to be used by a server. */
export interface SignIn {
  readonly authenticate: Authenticate;
  readonly authorizer: Authorizer;
  /** Adds `/auth/…` and `/login`. */
  readonly addRoutes: (app: FastifyInstance) => void;
  /** A URL that signs in once, and soon; it is a secret. Undefined where there are no links. */
  readonly createLink: () => string | undefined;
  close(): Promise<void>;
}

/**
 * Puts together all ways of signing in.
 * @throws PlumbError `auth.settings`, `egress.refused`
 */
export function createSignIn(options: SignInOptions): SignIn {
  const { client, namespace, now, monotonic, log, publicUrl } = options;
  const issuer =
    options.oidc === undefined ? undefined : createIssuer({ settings: options.oidc, egress: options.egress, now });
  const guard = createGuard(monotonic, options.guardLimits);
  const signedOut = createSignedOut({ client, namespace, now, monotonic });
  const tokens = createTokenReviewer({
    client,
    now: monotonic,
    ...(options.audiences === undefined ? {} : { audiences: options.audiences }),
  });
  const { times } = options;
  const sessions = createSessions({
    client,
    namespace,
    issuer,
    signedOut,
    log,
    now,
    monotonic,
    ...(times === undefined ? {} : { times }),
  });
  const links = options.link === undefined ? undefined : createLinkSignIn(options.link, monotonic);
  const base = (): URL => new URL(publicUrl?.() ?? 'http://localhost');
  let cookies: Cookies | undefined;
  const browser =
    publicUrl === undefined
      ? undefined
      : { sessions, base, cookies: () => (cookies ??= createCookies(base())), origins: () => [base().origin] };
  const tell = tellUnavailable(log, monotonic);
  const asked = createAuthorizer({ client, now: monotonic });
  const authorizer: Authorizer = {
    require: (user, right, signal) => tell(() => asked.require(user, right, signal)),
    allows: (user, right, signal) => tell(() => asked.allows(user, right, signal)),
  };
  const known = createAuthenticate({ tokens, issuer, browser, signedOut, guard });
  const authenticate: Authenticate = (request) => tell(() => known(request));
  return {
    authenticate,
    authorizer,
    addRoutes: (app) =>
      addSignInRoutes(app, {
        authenticate,
        authorizer,
        issuer,
        oidc: options.oidc,
        links,
        browser,
        sessions,
        signedOut,
        guard,
        log,
        createLink,
        now,
      }),
    createLink,
    close: async () => issuer?.close(),
  };

  function createLink(): string | undefined {
    if (links === undefined || browser === undefined) return undefined;
    return `${under(base(), '/login')}#${links.create()}`;
  }
}

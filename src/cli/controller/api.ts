import type { Log, RunningController } from '../../controller/index.ts';
import type { Egress } from '../../egress.ts';
import type { KubeClient } from '../../kube/index.ts';
import type { OidcSettings, SignedIn } from '../../server/index.ts';
import { ownVersion } from '../version.ts';
import type { ListenAddress } from './webhooks.ts';

const monotonic = (): number => performance.now();

/** What the API is served with. */
export interface ApiInput {
  readonly client: KubeClient;
  /** The system namespace, where sessions are kept. */
  readonly namespace: string;
  readonly address: ListenAddress;
  readonly trustedProxies: readonly string[];
  readonly egress: Egress;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** The URL under which people see it; only programs come where it is left out. */
  readonly externalUrl?: string;
  readonly oidc?: OidcSettings;
  readonly audiences?: readonly string[];
  /** Who signs in with a link: on a cluster of this machine alone. */
  readonly link?: SignedIn;
}

/** The API, listening. */
export interface ServedApi {
  readonly url: string;
  /** Signs in once, and soon: a secret. Undefined where there are no links. */
  readonly createLink: () => string | undefined;
  readonly closed: Promise<void>;
}

/**
 * Listens for the HTTP API, and signs people in, until the signal aborts.
 * @throws PlumbError `server.listen`, `auth.settings`, `egress.refused`
 */
export async function serveApi(
  controller: Pick<RunningController, 'views' | 'changes' | 'past' | 'gitops'>,
  input: ApiInput,
): Promise<ServedApi> {
  const { createSignIn, startApi } = await import('../../server/index.ts');
  const { client, namespace, address, trustedProxies, egress, log, signal } = input;
  const { externalUrl, oidc, audiences, link } = input;
  const now = Date.now;
  let url = '';
  const publicUrl = externalUrl === undefined ? (link === undefined ? undefined : () => url) : () => externalUrl;
  const signIn = createSignIn({
    client,
    namespace,
    egress,
    log,
    now,
    monotonic,
    ...(publicUrl === undefined ? {} : { publicUrl }),
    ...(oidc === undefined ? {} : { oidc }),
    ...(audiences === undefined ? {} : { audiences }),
    ...(link === undefined ? {} : { link }),
  });
  const server = await startApi({
    ...address,
    trustedProxies,
    client,
    views: () => controller.views(),
    changes: () => controller.changes(),
    past: () => controller.past(),
    gitops: () => controller.gitops(),
    log,
    version: ownVersion(),
    now,
    monotonic,
    signal,
    authenticate: signIn.authenticate,
    authorizer: signIn.authorizer,
    addRoutes: signIn.addRoutes,
  });
  const host = server.host.includes(':') ? `[${server.host}]` : server.host;
  url = `http://${host}:${server.port}`;
  log.info({ host: server.host, port: server.port }, 'listening for the API');
  const close = async (): Promise<void> => {
    await server.closed;
    await signIn.close();
  };
  return { url, createLink: signIn.createLink, closed: close() };
}

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { plumbError } from '../../errors.ts';
import { withCluster } from '../cluster-access.ts';
import type { Session } from '../session.ts';
import { clusterPlumb } from './cluster.ts';
import type { PlumbAccess } from './types.ts';

/** The URL of the server that the flag or PLUMB_SERVER names; undefined where the cluster is asked itself. */
export function serverUrlOf({ options, context }: Pick<Session, 'options' | 'context'>): string | undefined {
  // Whoever names a cluster on the command line means it.
  const named = options.kubeconfig ?? options.context;
  const server = options.server ?? (named === undefined ? context.env['PLUMB_SERVER'] : undefined);
  return server === '' ? undefined : server;
}

/** Runs `body` with the Plumbline that the flags name: that of a server, or that of the kubeconfig's cluster. */
export async function withPlumb<Result>(
  session: Session,
  body: (access: PlumbAccess) => Promise<Result>,
): Promise<Result> {
  const server = serverUrlOf(session);
  const { context, options } = session;
  if (server === undefined) {
    return withCluster(session, (access) => body(clusterPlumb(access, () => context.now())));
  }
  if (options.kubeconfig !== undefined || options.context !== undefined) {
    throw plumbError('cli.usage', '--server does not go together with --kubeconfig and --context');
  }
  const [{ createApiClient }, { serverPlumb }] = await Promise.all([
    import('../../client/index.ts'),
    import('./server.ts'),
  ]);
  const client = createApiClient({ server, token: () => tokenFor(session) });
  return body(serverPlumb(client, options.namespace ?? 'default'));
}

/** Read for each request, as whoever writes such files (a projected ServiceAccount token) renews them. */
export async function tokenFor({ context, options }: Session): Promise<string | undefined> {
  const { tokenFile } = options;
  if (tokenFile === undefined) return undefined;
  try {
    return (await readFile(resolve(context.cwd, tokenFile), 'utf8')).trim();
  } catch (error) {
    throw plumbError('cli.usage', `the file of the token cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

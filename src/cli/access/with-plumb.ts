import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ApiClient } from '../../client/index.ts';
import { plumbError } from '../../errors.ts';
import { withCluster } from '../cluster-access.ts';
import type { CliContext } from '../context.ts';
import type { GlobalOptions } from '../options.ts';
import type { Session } from '../session.ts';
import { bearerFor } from '../sign-in/bearer.ts';
import { parseServer } from '../sign-in/server-url.ts';
import { clusterPlumb } from './cluster.ts';
import type { PlumbAccess } from './types.ts';

/** As much of a call as says which server is meant, and who asks. */
interface ServerAsked {
  readonly context: CliContext;
  readonly options: Pick<GlobalOptions, 'kubeconfig' | 'context' | 'server' | 'tokenFile'>;
}

/** The URL of the server that the flag or PLUMB_SERVER names; undefined where the cluster is asked itself. */
export function serverUrlOf({ options, context }: ServerAsked): string | undefined {
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
  const { serverPlumb } = await import('./server.ts');
  return body(serverPlumb(await apiClientOf(session, parseServer(server)), options.namespace ?? 'default'));
}

/** A client of a server (`parseServer`), as whoever is signed in to it, or as the token of the file has it. */
export async function apiClientOf(session: ServerAsked, server: string): Promise<ApiClient> {
  const { createApiClient } = await import('../../client/index.ts');
  return createApiClient({ server, token: () => tokenFor(session, server) });
}

/** Asked for each request: a sign-in is renewed as it ends, and so is a file by whoever writes it. */
export async function tokenFor({ context, options }: ServerAsked, server: string): Promise<string> {
  const { tokenFile } = options;
  if (tokenFile === undefined) return (await bearerFor(context, server)).reveal();
  try {
    return (await readFile(resolve(context.cwd, tokenFile), 'utf8')).trim();
  } catch (error) {
    throw plumbError('cli.usage', `the file of the token cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

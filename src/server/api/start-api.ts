import type { AddressInfo } from 'node:net';
import { closedWith, listen, type ListenOptions } from '../listen.ts';
import type { ApiContext } from './context.ts';
import { createApi, type CreateApiOptions } from './create-api.ts';

/** What the API is started with. */
export interface ApiServerOptions extends ListenOptions, CreateApiOptions, ApiContext {}

/** The API, listening. */
export interface ApiServer {
  readonly host: string;
  readonly port: number;
  /** Resolves when it has ended: nothing listens, and no connection is open. */
  readonly closed: Promise<void>;
}

/**
 * Listens for people and programs who are signed in. Webhooks have a listener of their own, so that neither one's
 * limits are the other one's.
 * @throws PlumbError `server.listen`
 */
export async function startApi(options: ApiServerOptions): Promise<ApiServer> {
  const app = await createApi(options, options);
  await listen(app, options);
  const { address, port } = app.server.address() as AddressInfo;
  return { host: address, port, closed: closedWith(app, options.signal) };
}

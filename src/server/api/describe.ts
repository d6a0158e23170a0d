import { plumbError } from '../../errors.ts';
import { createKubeClient } from '../../kube/index.ts';
import type { ApiContext } from './context.ts';
import { apiPrefix, createApi } from './create-api.ts';
import type { Document } from './openapi.ts';

const nobody = async (): Promise<never> => {
  throw plumbError('auth.required', 'nothing is served here');
};
const ignore = (): void => {};

/** The OpenAPI document of all routes, made without a cluster: none of them is called. */
export async function describeApi(version: string): Promise<Document> {
  const context: ApiContext = {
    authenticate: nobody,
    authorizer: { require: nobody, allows: async () => false },
    client: createKubeClient({
      server: 'http://127.0.0.1:1',
      namespace: 'default',
      trust: { insecure: false },
      credentials: { current: () => ({}), renew: async () => false },
    }),
    views: () => undefined,
    changes: () => undefined,
    past: () => undefined,
    gitops: () => undefined,
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    version,
    now: Date.now,
    monotonic: () => performance.now(),
    signal: new AbortController().signal,
  };
  const app = await createApi(context);
  const answer = await app.inject({ url: `${apiPrefix}/openapi.json` });
  await app.close();
  await context.client.close();
  return answer.json<Document>();
}

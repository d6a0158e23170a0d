import type { RunningController } from '../../src/controller/index.ts';
import { createEgress } from '../../src/egress.ts';
import { createSignIn, startApi } from '../../src/server/index.ts';
import type { ControllerBench } from './controller.ts';
import { wholeFile } from './opened.ts';

/** The HTTP API of a bench. */
export interface ServedBench {
  readonly url: string;
  close(): Promise<void>;
}

type Served = Pick<RunningController, 'views' | 'changes' | 'past' | 'gitops'>;
type StartedController = Served & Pick<RunningController, 'started'>;

/** Serves what a controller of the bench knows, with the tokens of the cluster. */
export async function serveBench(
  { client, log, namespace }: Pick<ControllerBench, 'client' | 'log' | 'namespace'>,
  controller: Served,
): Promise<ServedBench> {
  const stop = new AbortController();
  const clock = { now: Date.now, monotonic: () => performance.now() };
  const signIn = createSignIn({ client, namespace, egress: createEgress(), log, ...clock });
  const server = await startApi({
    host: '127.0.0.1',
    port: 0,
    client,
    log,
    ...clock,
    version: '0.0.0',
    signal: stop.signal,
    views: () => controller.views(),
    changes: () => controller.changes(),
    past: () => controller.past(),
    gitops: () => controller.gitops(),
    authenticate: signIn.authenticate,
    authorizer: signIn.authorizer,
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    async close() {
      stop.abort();
      await server.closed;
      await signIn.close();
    },
  };
}

/** The same for all tests of a file, as soon as the controller has started. */
export function servedOfFile(
  bench: Parameters<typeof serveBench>[0],
  start: () => StartedController | Promise<StartedController>,
): ServedBench {
  const open = async (): Promise<ServedBench> => {
    const controller = await start();
    await controller.started;
    return serveBench(bench, controller);
  };
  return wholeFile(open, (served) => served.close());
}

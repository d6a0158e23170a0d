import { onTestFinished } from 'vitest';
import type { RunOptions } from '../../src/controller/index.ts';
import { startServer } from '../../src/server/index.ts';
import type { ControllerBench } from './controller.ts';
import { proveWebhook } from './webhooks.ts';

/** Makes a Secret in the bench's namespace, or gives it other content. */
export async function putWebhookSecret(
  bench: ControllerBench,
  name: string,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const secrets = `/api/v1/namespaces/${bench.namespace}/secrets`;
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: bench.namespace },
    stringData: values,
  };
  // Changed in place: between a deletion and a creation no secret would be right.
  await bench.kube.call('PUT', `${secrets}/${name}`, secret).catch(() => bench.kube.call('POST', secrets, secret));
}

/** A controller of the running test with a server for webhooks over real HTTP. */
export async function serveWebhooks(bench: ControllerBench, options: Partial<RunOptions> = {}, waitForLead = true) {
  const stop = new AbortController();
  const controller = bench.start({ takesWebhooks: true, ...options });
  const { log } = bench;
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    receive: (request) => controller.receive(request),
    isReady: () => controller.isReady(),
    log,
    monotonic: () => performance.now(),
    signal: stop.signal,
  });
  onTestFinished(async () => {
    stop.abort();
    await server.closed;
  });
  if (waitForLead) await controller.started;
  const send = async (path: string, { headers, body }: { headers: Readonly<Record<string, string>>; body: Buffer }) => {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, {
      method: 'POST',
      headers,
      body: new Uint8Array(body),
    });
    await answer.arrayBuffer();
    return answer.status;
  };
  /** Tells, as any sender can, that a branch of this bench's repository has moved. */
  const tell = (after: string, secret: string, { ref = 'refs/heads/main', repository = bench.repository.url } = {}) =>
    send(
      '/webhooks',
      proveWebhook(
        'generic',
        { 'content-type': 'application/json' },
        Buffer.from(JSON.stringify({ repository, ref, after })),
        secret,
      ),
    );
  return { controller, send, tell, url: `http://127.0.0.1:${server.port}` };
}

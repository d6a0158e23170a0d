import type { Log, RunningController } from '../../controller/index.ts';
import type { KubeClient } from '../../kube/index.ts';
import type { Metrics } from '../../metrics/index.ts';
import type { ListenAddress } from './webhooks.ts';

/** What Prometheus is listened for with. */
export interface ServeMetricsInput {
  readonly metrics: Metrics;
  readonly client: KubeClient;
  readonly address: ListenAddress;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Listens for Prometheus until the signal aborts.
 * @throws PlumbError `server.listen`
 */
export async function serveMetrics(
  controller: Pick<RunningController, 'views' | 'isReady'>,
  { metrics, client, address, log, signal }: ServeMetricsInput,
): Promise<void> {
  const { startMetricsServer } = await import('../../server/index.ts');
  const sources = { measures: () => controller.views()?.measures() ?? [], counters: () => client.counters };
  const server = await startMetricsServer({
    ...address,
    scrape: () => metrics.scrape(sources),
    contentType: metrics.contentType,
    isReady: () => controller.isReady(),
    log,
    signal,
  });
  log.info({ host: server.host, port: server.port }, 'listening for Prometheus');
  await server.closed;
}

import type { Log, RunningController, ServingMaterial } from '../../controller/index.ts';
import type { KubeClient } from '../../kube/index.ts';
import type { AdmissionServer } from '../../server/index.ts';
import type { ListenAddress } from './webhooks.ts';

/** What the API server is listened for with. */
export interface AdmissionInput {
  readonly client: KubeClient;
  /** The system namespace, where the certificate is kept. */
  readonly namespace: string;
  readonly address: ListenAddress;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Listens for the API server until the signal aborts, from when there is a certificate, and with whichever is the newest.
 * @throws PlumbError `server.listen`
 */
export async function serveAdmission(
  controller: Pick<RunningController, 'admission'>,
  { client, namespace, address, log, signal }: AdmissionInput,
): Promise<void> {
  const [{ watchServing }, { startAdmissionServer }] = await Promise.all([
    import('../../controller/index.ts'),
    import('../../server/index.ts'),
  ]);
  const first = Promise.withResolvers<ServingMaterial | undefined>();
  let newest: ServingMaterial | undefined;
  let server: AdmissionServer | undefined;
  signal.addEventListener('abort', () => first.resolve(undefined), { once: true });
  watchServing({
    client,
    namespace,
    onMaterial(material) {
      newest = material;
      first.resolve(material);
      server?.renew(material);
    },
    log,
    signal,
  });
  const material = await first.promise;
  if (material === undefined || signal.aborted) return;
  server = await startAdmissionServer({ ...address, admission: () => controller.admission(), material, log, signal });
  if (newest !== undefined && newest !== material) server.renew(newest);
  log.info({ host: server.host, port: server.port }, 'listening for the API server');
  await server.closed;
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { plumbError } from '../errors.ts';
import type { ClusterConfig } from './config.ts';
import { fileCredentials } from './credentials.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const defaultFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** True where Kubernetes has told this process of its API server: in a pod. */
export function isInCluster(environment: Environment): boolean {
  return Boolean(environment['KUBERNETES_SERVICE_HOST'] && environment['KUBERNETES_SERVICE_PORT']);
}

/** The API server of the pod's own cluster, with the service account's token, which is read again as it is rotated. */
export async function inClusterConfig(
  environment: Environment,
  now: () => number,
  folder: string = defaultFolder,
): Promise<ClusterConfig> {
  const host = environment['KUBERNETES_SERVICE_HOST'];
  const port = environment['KUBERNETES_SERVICE_PORT'];
  if (!isInCluster(environment) || host === undefined || port === undefined) {
    throw plumbError(
      'kube.config-missing',
      'KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: not a pod',
    );
  }
  const caFile = join(folder, 'ca.crt');
  const [ca, namespace] = await Promise.all([
    readFile(caFile, 'utf8').catch((cause: unknown) => {
      throw plumbError('kube.config-missing', 'the certificate of the cluster cannot be read', {
        where: { file: caFile },
        hint: 'Does the pod set automountServiceAccountToken: false?',
        cause,
      });
    }),
    readFile(join(folder, 'namespace'), 'utf8').then(
      (text) => text.trim(),
      () => 'default',
    ),
  ]);
  const credentials = fileCredentials({ token: join(folder, 'token') }, {}, now);
  // Fails now, with the file's name, and not at the first call.
  await credentials.current();
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    namespace,
    trust: { ca, insecure: false },
    credentials,
  };
}

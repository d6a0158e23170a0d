import type { KubeClient } from '../../kube/index.ts';
import type { RenderEnvironment } from './render-request.ts';

/**
 * What templates may ask of the cluster.
 * @throws PlumbError `kube.*`
 */
export async function environmentOf(client: KubeClient, signal: AbortSignal): Promise<RenderEnvironment> {
  const [{ gitVersion }, apiVersions] = await Promise.all([
    client.version({ signal }),
    client.discovery.apiVersions({ signal }),
  ]);
  return { kubeVersion: gitVersion, apiVersions };
}

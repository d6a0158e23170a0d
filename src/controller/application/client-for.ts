import type { Application } from '../../api/index.ts';
import type { KubeClient } from '../../kube/index.ts';

/** The client with the rights that the Application has: those of its ServiceAccount, or Plumbline's own. */
export function clientFor(application: Application, client: KubeClient): KubeClient {
  const account = application.spec.serviceAccountName;
  if (account === undefined) return client;
  const { namespace } = application.metadata;
  return client.as({
    username: `system:serviceaccount:${namespace}:${account}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  });
}

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ControllerBench } from './controller.ts';

/** A ServiceAccount with rights in the namespace of the bench, and a file with its token, named like it. */
export async function createAccount(
  { kube, namespace }: Pick<ControllerBench, 'kube' | 'namespace'>,
  folder: string,
  name: string,
  rules: readonly object[],
): Promise<void> {
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  await kube.call('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name } });
  await kube.call('POST', `${rbac}/roles`, { metadata: { name }, rules });
  await kube.call('POST', `${rbac}/rolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  });
  const answer = (await kube.call('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {},
  })) as unknown as { status: { token: string } };
  // As an editor leaves it.
  await writeFile(join(folder, name), `${answer.status.token}\n`, { mode: 0o600 });
}

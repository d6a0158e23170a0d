import type { KubeClient } from '../../src/kube/index.ts';
import { limit } from './limit.ts';

/** A token of a ServiceAccount, which is made where it is not there. */
export async function serviceAccountToken(
  admin: KubeClient,
  namespace: string,
  name: string,
  audiences?: readonly string[],
): Promise<string> {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name } };
  await admin.apply(account, { fieldManager: 'test', force: true });
  const answer = await admin.request({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 600, ...(audiences === undefined ? {} : { audiences }) },
    },
  });
  return (answer.json() as { readonly status: { readonly token: string } }).status.token;
}

/** Grants verbs to a user or a group in one namespace, and waits until the API server knows of it. */
export async function grant(
  admin: KubeClient,
  namespace: string,
  subject: { readonly kind: 'User' | 'Group'; readonly name: string },
  rule: { readonly group: string; readonly resource: string; readonly verbs: readonly string[] },
): Promise<void> {
  const rbac = 'rbac.authorization.k8s.io';
  const name = `${subject.kind}-${subject.name}-${rule.resource}`.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-');
  const metadata = { namespace, name };
  const manager = { fieldManager: 'test', force: true };
  const rules = [{ apiGroups: [rule.group], resources: [rule.resource], verbs: rule.verbs }];
  await admin.apply({ apiVersion: `${rbac}/v1`, kind: 'Role', metadata, rules }, manager);
  await admin.apply(
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: rbac, kind: 'Role', name },
      subjects: [{ ...subject, apiGroup: rbac }],
    },
    manager,
  );
  const who = subject.kind === 'User' ? { user: subject.name } : { user: 'anybody', groups: [subject.name] };
  for (const verb of rule.verbs) {
    const resourceAttributes = { namespace, verb, group: rule.group, resource: rule.resource };
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { ...who, resourceAttributes },
    };
    const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
    const isAllowed = async (): Promise<boolean> => {
      const answer = await admin.request({ method: 'POST', path, body, signal: limit() });
      return (answer.json() as { readonly status: { readonly allowed: boolean } }).status.allowed;
    };
    // The authorizer learns of a grant by a watch of its own.
    while (!(await isAllowed()));
  }
}

/** Who the API server says is calling. */
export async function whoAmI(client: KubeClient): Promise<unknown> {
  const answer = await client.request({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  });
  return (answer.json() as { readonly status: { readonly userInfo: unknown } }).status.userInfo;
}

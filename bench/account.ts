import { readFileSync, writeFileSync } from 'node:fs';
import type { ApiServer } from './api-server.ts';
import { collectionPath, objectPath } from './api-server.ts';
import type { Counts } from './metrics.ts';
import { countsBy, samplesOf } from './metrics.ts';
import type { BenchObject } from './workload.ts';
import { homeNamespace } from './workload.ts';

/**
 * The kinds of calls that are told apart, the first that fits: the API server counts them by FlowSchema, and so
 * tells exactly which calls the system under test made, whatever its controllers did at the same time.
 */
const callKinds: readonly { readonly name: string; readonly rule: object }[] = [
  { name: 'leases', rule: resources(['*'], ['coordination.k8s.io'], ['leases']) },
  { name: 'events', rule: resources(['*'], ['', 'events.k8s.io'], ['events']) },
  { name: 'watches', rule: resources(['watch'], ['*'], ['*']) },
  { name: 'lists', rule: resources(['list'], ['*'], ['*']) },
  { name: 'gets', rule: resources(['get'], ['*'], ['*']) },
  {
    name: 'status',
    rule: resources(['*'], ['plumbline.dev'], ['*/status', 'applications/status', 'repositories/status']),
  },
  { name: 'parents', rule: resources(['*'], ['plumbline.dev'], ['*']) },
  { name: 'writes', rule: resources(['*'], ['*'], ['*']) },
  { name: 'discovery', rule: { nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }] } },
];

function resources(verbs: readonly string[], apiGroups: readonly string[], names: readonly string[]): object {
  return { resourceRules: [{ verbs, apiGroups, resources: names, clusterScope: true, namespaces: ['*'] }] };
}

const account = 'system-under-test';
const schemaPrefix = 'bench-';
const tokenSeconds = 24 * 3600;

/**
 * Makes a ServiceAccount with all rights, whose calls are never throttled and are counted by kind, and writes a
 * kubeconfig for it.
 * @param adminKubeconfig JSON, as the local cluster writes it
 */
export async function createAccount(api: ApiServer, adminKubeconfig: string, kubeconfig: string): Promise<void> {
  const subject = { name: account, namespace: homeNamespace };
  await api.apply(`${collectionPath('ServiceAccount', homeNamespace)}/${account}`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: subject,
  });
  const objects: BenchObject[] = [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: account },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', ...subject }],
    },
    ...callKinds.map(({ name, rule }, index) => ({
      apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
      kind: 'FlowSchema',
      metadata: { name: `${schemaPrefix}${name}` },
      spec: {
        priorityLevelConfiguration: { name: 'exempt' },
        matchingPrecedence: 100 + index,
        rules: [{ subjects: [{ kind: 'ServiceAccount', serviceAccount: subject }], ...rule }],
      },
    })),
  ];
  for (const object of objects) await api.apply(objectPath(object), object);
  const token = await issueToken(api);
  const config = JSON.parse(readFileSync(adminKubeconfig, 'utf8')) as { users: [{ user: object }] };
  config.users[0].user = { token };
  writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
}

async function issueToken(api: ApiServer): Promise<string> {
  const path = `${collectionPath('ServiceAccount', homeNamespace)}/${account}/token`;
  const answer = await api.call('POST', path, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: tokenSeconds },
  });
  return (answer as unknown as { status: { token: string } }).status.token;
}

/** Calls that the system under test has made so far, by kind, from the API server's metrics. */
export function ownCalls(exposition: string): Counts {
  return countsBy(samplesOf(exposition, 'apiserver_flowcontrol_dispatched_requests_total'), ({ labels }) => {
    const schema = labels['flow_schema'] ?? '';
    return schema.startsWith(schemaPrefix) ? schema.slice(schemaPrefix.length) : undefined;
  });
}

/** All calls to the API server so far, whoever made them, by verb and resource: `PATCH applications/status`. */
export function allCalls(exposition: string): Counts {
  return countsBy(samplesOf(exposition, 'apiserver_request_total'), ({ labels }) => {
    const { verb = '', resource = '', subresource = '' } = labels;
    return `${verb} ${resource}${subresource.startsWith('/') || subresource === '' ? subresource : `/${subresource}`}`;
  });
}

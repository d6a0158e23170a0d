import { afterAll, beforeAll, expect, test } from 'vitest';
import { anyDefinition, installDefinition } from '../../test/support/crds.ts';
import { type SeenObject } from '../../test/support/kube-call.ts';
import { clientOfFile, kubeOfFile, namespaceOfFile } from '../../test/support/kube-client.ts';
import { limit } from '../../test/support/limit.ts';
import { plumbError } from '../errors.ts';
import type { KindRef, ListOptions, ObjectList } from '../kube/index.ts';
import type { KubeObject } from '../object.ts';
import { applySetId, partOfLabel } from './apply-set.ts';
import { explainObject } from './explain.ts';
import type { TreeNode } from './explain-tree.ts';
import { buildTree } from './tree.ts';

// Why objects are not well, from what they have made at the real API server; the pods fail as their annotation says.
const application = { group: 'plumbline.dev', kind: 'Application', namespace: 'team', name: 'explained' };
const client = clientOfFile();
const kube = kubeOfFile();
const namespace = namespaceOfFile('explain');

const labels = { [partOfLabel]: applySetId(application) };
const runner = 'explain.plumbline.dev/v1';

const template = (app: string, fate: string, more: object = {}) => ({
  metadata: { labels: { app }, annotations: { 'plumbline.dev/local-pod': fate } },
  spec: { containers: [{ name: 'main', image: 'nginx:no-such-tag' }], ...more },
});
const workload = (kind: string, app: string, fate: string, more: object = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: app, namespace, labels },
  spec: { selector: { matchLabels: { app } }, template: template(app, fate), ...more },
});
const job = (name: string, more: object = {}): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, namespace, ...more },
  spec: { backoffLimit: 0, template: template(name, 'Failed', { restartPolicy: 'Never' }) },
});
const owned = ({ apiVersion, kind, metadata }: KubeObject) => ({
  ownerReferences: [{ apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true }],
});
/** A list that may not be read. */
function refuse(): ObjectList {
  const list = (async function* () {
    yield* [];
    throw plumbError('kube.forbidden', 'events is forbidden');
  })();
  return Object.assign(list, { resourceVersion: '1' });
}
const create = (object: KubeObject): Promise<KubeObject> => client.create(object, { signal: limit() });

/** Waits until a pod of the app is as its annotation says, and its name is known. */
async function failing(app: string): Promise<void> {
  const isIt = ({ metadata, status }: SeenObject): boolean =>
    metadata.labels?.['app'] === app && (status?.containerStatuses ?? []).length > 0;
  await kube.until(`/api/v1/namespaces/${namespace}/pods`, isIt, limit());
}

const isLate = ({ metadata, status }: SeenObject): boolean =>
  metadata.name === 'web' && (status?.conditions ?? []).some(({ reason }) => reason === 'ProgressDeadlineExceeded');
const hasFailed =
  (name: string) =>
  ({ metadata, status }: SeenObject): boolean =>
    metadata.name === name &&
    (status?.conditions ?? []).some(({ type, status: is }) => type === 'Failed' && is === 'True');

const isRefusal = (seen: SeenObject): boolean => {
  const { reason, involvedObject } = seen as {
    readonly reason?: string;
    readonly involvedObject?: { name?: string };
  };
  return reason === 'FailedCreate' && involvedObject?.name?.startsWith('refused-') === true;
};

/** A Deployment whose pods the server refuses, whoever comes first. */
async function makeRefused(): Promise<void> {
  const pods = template('refused', 'Running', { serviceAccountName: 'nobody' });
  await create(workload('Deployment', 'refused', 'Running', { template: pods }));
  await kube.until(`/api/v1/namespaces/${namespace}/events`, isRefusal, limit());
}

/** Events as a kubelet writes them. */
async function complain(about: KubeObject, reason: string, message: string, count: number, at: string): Promise<void> {
  const { uid = '', name, namespace: where = '' } = about.metadata;
  await create({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${reason.toLowerCase()}.${count}`, namespace: where },
    involvedObject: { apiVersion: about.apiVersion, kind: about.kind, namespace: where, name, uid },
    type: 'Warning',
    reason,
    message,
    count,
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: at,
  });
}

beforeAll(async () => {
  await installDefinition(kube, anyDefinition('Runner', 'explain.plumbline.dev'));
  await Promise.all([
    create(workload('Deployment', 'web', 'ImagePullBackOff', { progressDeadlineSeconds: 1 })),
    create(workload('StatefulSet', 'db', 'CrashLoopBackOff', { serviceName: 'db' })),
    create(workload('DaemonSet', 'agent', 'CreateContainerConfigError')),
    create(job('import', { labels })),
  ]);
  const cronJob = await create({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'backup', namespace, labels },
    spec: { schedule: '0 3 1 1 *', jobTemplate: { spec: job('backup')['spec'] } },
  });
  await create(job('backup-1', owned(cronJob)));
  // An operator of somebody's, with a pod that it has made itself, and one behind a Deployment.
  const conditions = [{ type: 'Stalled', status: 'True', reason: 'NoModel', message: 'the model is not served' }];
  for (const name of ['model', 'gateway']) {
    const made = await create({ apiVersion: runner, kind: 'Runner', metadata: { name, namespace, labels }, spec: {} });
    const path = `/apis/${runner}/namespaces/${namespace}/runners/${name}/status`;
    await kube.call('PATCH', path, { status: { conditions } });
    if (name === 'model') {
      const { metadata, spec } = template('model', 'CrashLoopBackOff');
      await create({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'model-0', namespace, ...metadata, ...owned(made) },
        spec,
      });
    } else {
      const below = workload('Deployment', 'gateway', 'ErrImagePull');
      await create({ ...below, metadata: { name: 'gateway', namespace, ...owned(made) } });
    }
  }
  await makeRefused();
  const apps = ['web', 'db', 'agent', 'import', 'backup-1', 'model', 'gateway'];
  const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;
  await Promise.all([
    ...apps.map(failing),
    kube.until(`/apis/apps/v1/namespaces/${namespace}/deployments`, isLate, limit()),
    kube.until(jobs, hasFailed('import'), limit()),
    kube.until(jobs, hasFailed('backup-1'), limit()),
  ]);
  // As its controller writes it when the time has come.
  await kube.call('PATCH', `/apis/batch/v1/namespaces/${namespace}/cronjobs/backup/status`, {
    status: { lastScheduleTime: '2026-02-01T03:00:00Z', lastSuccessfulTime: '2026-01-01T03:00:00Z' },
  });
});

afterAll(async () => {
  await kube.call('DELETE', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/runners.explain.plumbline.dev');
});

const reasons = [
  ['apps', 'Deployment', 'web', 'Degraded', /Pod \S*web-\S+: container main waits with ImagePullBackOff/],
  ['apps', 'StatefulSet', 'db', 'Progressing', /Pod \S*db-0: container main waits with CrashLoopBackOff.*exit code 1/],
  [
    'apps',
    'DaemonSet',
    'agent',
    'Progressing',
    /Pod \S*agent-\S+: container main waits with CreateContainerConfigError/,
  ],
  ['batch', 'Job', 'import', 'Degraded', /Pod \S*import-\S+: container main.*exit code 1/],
  ['batch', 'CronJob', 'backup', 'Degraded', /Pod \S*backup-1-\S+: container main.*exit code 1/],
  [
    'explain.plumbline.dev',
    'Runner',
    'model',
    'Degraded',
    /Pod \S*model-0: container main waits with CrashLoopBackOff/,
  ],
] as const;

test.each(reasons)(
  '%s %s %s: the container and its message are the reason',
  async (group, kind, name, _status, why) => {
    const object = await client.get({ group, kind, namespace, name }, { signal: limit() });
    if (object === undefined) throw new Error('it is not there');
    expect(await explainObject(client, object, limit())).toMatch(why);
  },
);

const owner = {
  apiVersion: 'plumbline.dev/v1alpha1',
  kind: 'Application',
  metadata: { name: 'explained', namespace: 'team' },
};
const namedIn = (nodes: readonly TreeNode[], name: string): TreeNode | undefined =>
  nodes.find(({ object }) => object.metadata.name === name);
const all = (nodes: readonly TreeNode[]): readonly TreeNode[] => nodes.flatMap((node) => [node, ...all(node.children)]);

test('the tree says it at each of them, also where something else lies between, and what Events warn of', async () => {
  const kinds = [...new Map(reasons.map(([group, kind]) => [kind, { group, kind, namespace }])).values()];
  const pods = client.list({ group: '', kind: 'Pod' }, { namespace, labelSelector: 'app=web', signal: limit() });
  for await (const pod of pods) {
    await complain(
      pod,
      'FailedMount',
      'from https://me:hunter2@disks.example.dev: secret "tls" not found',
      2,
      '2026-01-01T00:01:00Z',
    );
    await complain(pod, 'FailedMount', 'older', 3, '2026-01-01T00:00:30Z');
  }
  const nodes = await buildTree(client, owner, { scopes: kinds, signal: limit() });
  for (const [, , name, status, why] of reasons) {
    expect(namedIn(nodes, name)?.health, name).toEqual({ status, message: expect.stringMatching(why) });
  }
  expect(namedIn(nodes, 'gateway')?.health).toEqual({
    status: 'Degraded',
    message: expect.stringMatching(/the model is not served; Pod gateway-\S+: container main waits with ErrImagePull/),
  });
  expect(namedIn(nodes, 'gateway')?.children.map(({ object }) => object.kind)).toEqual(['Deployment']);

  const refused = namedIn(nodes, 'refused');
  expect(refused?.health.message.match(/serviceaccount "nobody" not found/g)).toHaveLength(1);
  const [replicaSet] = refused?.children ?? [];
  expect(replicaSet?.warnings).toEqual([
    {
      reason: 'FailedCreate',
      message: expect.stringContaining('nobody'),
      count: expect.any(Number),
      at: expect.stringMatching(/^2/),
    },
  ]);
  const told = all(nodes).flatMap(({ object, warnings }) =>
    object.metadata.labels?.['app'] === 'web' && object.kind === 'Pod' ? (warnings ?? []) : [],
  );
  const message = 'from https://***@disks.example.dev: secret "tls" not found';
  expect(told).toContainEqual({ reason: 'FailedMount', message, count: 5, at: '2026-01-01T00:01:00Z' });
});

const well = () => ({ status: 'Healthy', message: '' }) as const;

test('what is well is asked nothing about, and who may not read Events is told so', async () => {
  const asked: string[] = [];
  const counting = {
    ...client,
    list: (kind: KindRef, options: ListOptions) => {
      asked.push(kind.kind);
      return kind.kind === 'Event' ? refuse() : client.list(kind, options);
    },
  };
  const hidden: string[] = [];
  const onForbidden = ({ kind }: KindRef): void => void hidden.push(kind);
  const scopes = [{ group: 'apps', kind: 'Deployment', namespace }];
  await buildTree(counting, owner, { scopes, judge: well, onForbidden, signal: limit() });
  expect([asked.includes('Event'), hidden]).toEqual([false, []]);
  const nodes = await buildTree(counting, owner, { scopes, onForbidden, signal: limit() });
  expect([asked.includes('Event'), new Set(hidden)]).toEqual([true, new Set(['Event'])]);
  expect(namedIn(nodes, 'web')?.health.message).toMatch(/container main waits with ImagePullBackOff/);
});

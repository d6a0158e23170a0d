import * as fc from 'fast-check';
import type { KubeObject } from '../../src/object.ts';
import {
  among,
  fields,
  kind,
  object,
  optional,
  portName,
  quantity,
  selector,
  share,
  template,
  texts,
  workloadStatus,
} from './spellings.ts';

const deployment = kind('apps/v1', 'Deployment', {
  spec: fc
    .tuple(
      template(),
      fields({
        replicas: among(0, 1),
        minReadySeconds: among(0),
        paused: among(false),
        revisionHistoryLimit: among(10, 0),
        progressDeadlineSeconds: among(600),
        strategy: fc.oneof(
          among(
            {},
            { type: 'Recreate' },
            { type: 'Recreate', rollingUpdate: null },
            { type: 'RollingUpdate', rollingUpdate: {} },
          ),
          fc.tuple(share, share).map(([maxSurge, maxUnavailable]) => ({ rollingUpdate: { maxSurge, maxUnavailable } })),
        ),
      }),
    )
    .map(([pod, more]) => ({ ...more, selector, template: pod })),
  status: workloadStatus,
});

const statefulSet = kind('apps/v1', 'StatefulSet', {
  spec: fc
    .tuple(
      template(),
      quantity,
      fields({
        serviceName: among('', 'web'),
        podManagementPolicy: among('OrderedReady'),
        updateStrategy: among({}, { type: 'OnDelete' }, { rollingUpdate: { partition: 0 } }, { rollingUpdate: {} }),
      }),
    )
    .map(([pod, storage, more]) => ({
      ...more,
      replicas: 0,
      selector,
      template: pod,
      volumeClaimTemplates: [
        {
          metadata: { name: 'data', creationTimestamp: null },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
          status: {},
        },
      ],
    })),
  status: workloadStatus,
});

const daemonSet = kind('apps/v1', 'DaemonSet', {
  spec: fc.tuple(template({ nodeSelector: { never: 'here' } }), share).map(([pod, maxUnavailable]) => ({
    selector,
    template: pod,
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable } },
  })),
  status: workloadStatus,
});

const cronJob = kind('batch/v1', 'CronJob', {
  spec: fc
    .tuple(
      template({ restartPolicy: 'Never' }),
      fields({
        concurrencyPolicy: among('Allow'),
        timeZone: among('Etc/UTC'),
        successfulJobsHistoryLimit: among(3, 0),
      }),
      fields({ backoffLimit: among(0, 6), ttlSecondsAfterFinished: among(0), completions: among(1) }),
    )
    .map(([pod, more, job]) => ({
      ...more,
      schedule: '0 0 1 1 *',
      suspend: true,
      jobTemplate: { metadata: { creationTimestamp: null }, spec: { ...job, template: pod } },
    })),
  status: optional({}),
});

const service = kind('v1', 'Service', {
  spec: fc
    .tuple(
      fields({ protocol: among('TCP'), targetPort: portName, nodePort: among(0), appProtocol: among('http') }),
      fields({
        selector: texts,
        type: among('ClusterIP', 'NodePort', 'LoadBalancer'),
        externalIPs: among([]),
        clusterIP: among(''),
        sessionAffinity: among('None', 'ClientIP'),
        sessionAffinityConfig: among(null),
        ipFamilies: among([]),
        loadBalancerSourceRanges: among([]),
        publishNotReadyAddresses: among(false),
      }),
    )
    .map(([port, more]) => ({ ...more, ports: [{ port: 80, name: 'http', ...port }] })),
  status: optional({}, { loadBalancer: {} }),
});

const headless = kind('v1', 'Service', {
  spec: fields({ ports: among([]), selector: texts }).map((more) => ({ ...more, clusterIP: 'None' })),
}).map((one) => ({ ...one, metadata: { ...one.metadata, name: 'headless' } }));

const configMap = kind('v1', 'ConfigMap', {
  data: optional({}, { a: '' }, { a: 'b\r\n  c', 'd.json': '{}' }),
  // Not an empty one: of an immutable object, the server itself takes that for changed.
  binaryData: optional({}, { b: 'AAEC' }),
  immutable: optional(false, true),
});

const secret = kind('v1', 'Secret', {
  data: optional({}, { a: '' }, { a: 'YQ==' }, { a: 'YWI=\n' }),
  stringData: optional({}, { a: '' }, { a: 'other', b: 'ü' }),
  type: optional('Opaque', ''),
  immutable: optional(false),
});

const serviceAccount = kind('v1', 'ServiceAccount', {
  secrets: optional([], [{ name: 'a' }]),
  imagePullSecrets: optional([], [{ name: 'a' }]),
  automountServiceAccountToken: optional(true, false),
});

const role = kind('rbac.authorization.k8s.io/v1', 'Role', {
  rules: optional([], [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'get'], resourceNames: [] }]),
});

const roleBinding = kind('rbac.authorization.k8s.io/v1', 'RoleBinding', {
  roleRef: among(
    { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'role' },
    { apiGroup: '', kind: 'Role', name: 'role' },
  ),
  subjects: optional(
    [],
    [{ kind: 'ServiceAccount', name: 'a', namespace: 'b' }],
    [
      { kind: 'User', name: 'a', apiGroup: 'rbac.authorization.k8s.io' },
      { kind: 'User', name: 'a' },
    ],
  ),
});

const backend = portName.map((port) => ({
  service: { name: 'web', port: typeof port === 'string' ? { name: port } : { number: port } },
}));
const ingress = kind('networking.k8s.io/v1', 'Ingress', {
  spec: fc
    .tuple(
      backend,
      fields({
        tls: among([], [{ hosts: [] }], [{ secretName: 'a', hosts: ['a.b', 'a.b'] }]),
        ingressClassName: among('other'),
      }),
    )
    .map(([defaultBackend, more]) => ({
      ...more,
      defaultBackend,
      rules: [{ host: 'a.b', http: { paths: [{ path: '/', pathType: 'Prefix', backend: defaultBackend }] } }],
    })),
  status: optional({}, { loadBalancer: {} }),
});

const peers = among([], [{}], [{ podSelector: {} }], [{ namespaceSelector: {}, podSelector: null }]);
const networkPolicy = kind('networking.k8s.io/v1', 'NetworkPolicy', {
  spec: object(
    { podSelector: {} },
    {
      policyTypes: among([], ['Ingress'], ['Ingress', 'Egress']),
      ingress: fc.oneof(
        among([], [{}]),
        fc.tuple(peers, portName).map(([, port]) => [{ ports: [{ port }] }]),
      ),
      egress: among([], [{}], [{ to: [], ports: [] }], [{ to: [{ ipBlock: { cidr: '10.0.0.0/8', except: [] } }] }]),
    },
  ),
});

const disruptionBudget = kind('policy/v1', 'PodDisruptionBudget', {
  spec: fc.tuple(share, among({}, null, selector, { matchExpressions: [] })).map(([minAvailable, chosen]) => ({
    minAvailable,
    maxUnavailable: null,
    selector: chosen,
  })),
  status: optional({}, { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 }),
});

const scaled = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'none' };
const cpu = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } };
const memory = quantity.map((averageValue) => ({
  type: 'Resource',
  resource: { name: 'memory', target: { type: 'AverageValue', averageValue } },
}));
const autoscaler = kind('autoscaling/v2', 'HorizontalPodAutoscaler', {
  spec: fc
    .tuple(
      memory,
      fields({
        minReplicas: among(1),
        behavior: among({}, { scaleDown: {} }, { scaleDown: { policies: null, stabilizationWindowSeconds: 60 } }),
      }),
      fc.boolean(),
    )
    .map(([one, more, turned]) => ({
      ...more,
      maxReplicas: 3,
      scaleTargetRef: scaled,
      metrics: turned ? [one, cpu] : [cpu, one],
    })),
  status: optional({}, { currentReplicas: 0, desiredReplicas: 0 }),
});
const oldAutoscaler = kind('autoscaling/v1', 'HorizontalPodAutoscaler', {
  spec: object(
    { maxReplicas: 3, scaleTargetRef: scaled },
    { minReplicas: among(1), targetCPUUtilizationPercentage: among(80) },
  ),
}).map((one) => ({ ...one, metadata: { ...one.metadata, name: 'old' } }));

const quota = kind('v1', 'ResourceQuota', {
  spec: fc.tuple(quantity, quantity, fields({ scopes: among([]) })).map(([limit, other, more]) => ({
    ...more,
    hard: { 'requests.example.dev/a': limit, 'count/things.example.dev': '1k', 'requests.example.dev/b': other },
  })),
  status: optional({}),
});

const limitRange = kind('v1', 'LimitRange', {
  spec: fc.tuple(quantity, fields({ max: among({}), min: among({}) })).map(([storage, more]) => ({
    limits: [{ ...more, type: 'Container', default: { 'ephemeral-storage': storage } }],
  })),
});

const claim = kind('v1', 'PersistentVolumeClaim', {
  spec: fc
    .tuple(
      quantity,
      fields({
        storageClassName: among('', 'other'),
        volumeMode: among('Filesystem'),
        volumeName: among(''),
        dataSource: among(null),
      }),
    )
    .map(([storage, more]) => ({ ...more, accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } })),
  status: optional({}),
});

/** One object of each kind, to be synced together. */
export const spelledObjects: fc.Arbitrary<readonly KubeObject[]> = fc.tuple(
  deployment,
  statefulSet,
  daemonSet,
  cronJob,
  service,
  headless,
  configMap,
  secret,
  serviceAccount,
  role,
  roleBinding,
  ingress,
  networkPolicy,
  disruptionBudget,
  autoscaler,
  oldAutoscaler,
  quota,
  limitRange,
  claim,
);

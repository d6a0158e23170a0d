import { expect, test } from 'vitest';
import type { KubeObject } from '../object.ts';
import { combineHealth, healthOf, isWorse, type HealthStatus, type NamedHealth } from './index.ts';

type Body = Readonly<Record<string, unknown>>;

function object(kind: string, body: Body, metadata: Body = {}): KubeObject {
  const slash = kind.lastIndexOf('/');
  const apiVersion = slash < 0 ? 'v1' : kind.slice(0, slash);
  return { apiVersion, kind: kind.slice(slash + 1), metadata: { name: 'x', ...metadata }, ...body };
}

function conditions(
  ...list: readonly (readonly [type: string, status: string, reason?: string, message?: string])[]
): Body {
  return { conditions: list.map(([type, status, reason = '', message = '']) => ({ type, status, reason, message })) };
}

/** Title, object, expected status, and a piece of the expected message. */
type Case = readonly [title: string, object: KubeObject, status: HealthStatus, message?: string];

const deployment = (status: Body, spec: Body = { replicas: 2 }, metadata: Body = { generation: 1 }): KubeObject =>
  object('apps/v1/Deployment', { spec, status: { observedGeneration: 1, ...status } }, metadata);
const statefulSet = (status: Body, spec: Body = { replicas: 3 }): KubeObject =>
  object(
    'apps/v1/StatefulSet',
    { spec, status: { observedGeneration: 1, currentRevision: 'a', updateRevision: 'a', ...status } },
    { generation: 1 },
  );
const daemonSet = (status: Body, spec: Body = {}): KubeObject =>
  object(
    'apps/v1/DaemonSet',
    { spec, status: { observedGeneration: 1, desiredNumberScheduled: 2, ...status } },
    { generation: 1 },
  );
const replicaSet = (status: Body, spec: Body = { replicas: 1 }): KubeObject =>
  object('apps/v1/ReplicaSet', { spec, status: { observedGeneration: 1, ...status } }, { generation: 1 });
const pod = (status: Body): KubeObject => object('Pod', { status });
const waiting = (reason: string, message?: string): Body => ({
  containerStatuses: [{ name: 'web', state: { waiting: { reason, ...(message === undefined ? {} : { message }) } } }],
});
const well = conditions(['Available', 'True']);

const cases: readonly Case[] = [
  [
    'a Deployment that is complete',
    deployment({ replicas: 2, updatedReplicas: 2, availableReplicas: 2, ...well }),
    'Healthy',
  ],
  ['a Deployment of no replicas', deployment({ ...well }, { replicas: 0 }), 'Healthy'],
  [
    'a Deployment that no controller has seen',
    object('apps/v1/Deployment', { spec: { replicas: 0 }, status: {} }, { generation: 1 }),
    'Progressing',
    'nothing is known',
  ],
  [
    'a Deployment of which an older spec was seen',
    deployment({ replicas: 2, updatedReplicas: 2, availableReplicas: 2, ...well }, { replicas: 2 }, { generation: 2 }),
    'Progressing',
    'generation 1 of 2',
  ],
  [
    'a Deployment with one replica by default',
    deployment({ replicas: 1, updatedReplicas: 1, availableReplicas: 1, ...well }, {}),
    'Healthy',
  ],
  [
    'a Deployment that rolls out',
    deployment({ replicas: 2, updatedReplicas: 1, availableReplicas: 2, ...well }),
    'Progressing',
    '1 of 2 replicas',
  ],
  [
    'a Deployment with replicas of the old version',
    deployment({ replicas: 3, updatedReplicas: 2, availableReplicas: 2, ...well }),
    'Progressing',
    '1 replicas of the old version',
  ],
  [
    'a Deployment with replicas that are not available',
    deployment({ replicas: 2, updatedReplicas: 2, availableReplicas: 1, ...well }),
    'Progressing',
    '1 of 2 replicas are available',
  ],
  [
    'a Deployment that is not available',
    deployment({
      replicas: 2,
      updatedReplicas: 2,
      availableReplicas: 2,
      ...conditions(['Available', 'False', 'MinimumReplicasUnavailable', 'too few']),
    }),
    'Progressing',
    'too few',
  ],
  [
    'a Deployment over its deadline',
    deployment({
      replicas: 2,
      updatedReplicas: 1,
      ...conditions(['Progressing', 'False', 'ProgressDeadlineExceeded', 'has timed out']),
    }),
    'Degraded',
    'has timed out',
  ],
  [
    'a Deployment whose pods are refused',
    deployment({ ...conditions(['ReplicaFailure', 'True', 'FailedCreate', 'exceeded quota']) }),
    'Progressing',
    'exceeded quota',
  ],
  ['a Deployment that is paused', deployment({}, { paused: true }), 'Suspended', 'paused'],

  ['a StatefulSet that is complete', statefulSet({ replicas: 3, readyReplicas: 3, updatedReplicas: 3 }), 'Healthy'],
  [
    'a StatefulSet that no controller has seen',
    object('apps/v1/StatefulSet', { spec: {}, status: {} }, { generation: 1 }),
    'Progressing',
    'nothing is known',
  ],
  [
    'a StatefulSet that starts',
    statefulSet({ replicas: 2, readyReplicas: 1 }),
    'Progressing',
    '1 of 3 replicas are ready',
  ],
  ['a StatefulSet that shrinks', statefulSet({ replicas: 4, readyReplicas: 4 }), 'Progressing', '1 replicas too many'],
  [
    'a StatefulSet that rolls out',
    statefulSet({ replicas: 3, readyReplicas: 3, updatedReplicas: 1, updateRevision: 'b' }),
    'Progressing',
    '1 of 3',
  ],
  [
    'a StatefulSet with a partition, reached',
    statefulSet(
      { replicas: 3, readyReplicas: 3, updatedReplicas: 1, updateRevision: 'b' },
      { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } },
    ),
    'Healthy',
    'below 2',
  ],
  [
    'a StatefulSet with a partition, on its way',
    statefulSet(
      { replicas: 3, readyReplicas: 3, updatedReplicas: 1, updateRevision: 'b' },
      { replicas: 3, updateStrategy: { rollingUpdate: { partition: 1 } } },
    ),
    'Progressing',
    '1 of 2',
  ],
  [
    'a StatefulSet that is updated by hand',
    statefulSet(
      { replicas: 3, readyReplicas: 3, updatedReplicas: 0, updateRevision: 'b' },
      { replicas: 3, updateStrategy: { type: 'OnDelete' } },
    ),
    'Healthy',
  ],

  ['a DaemonSet that is complete', daemonSet({ updatedNumberScheduled: 2, numberAvailable: 2 }), 'Healthy'],
  ['a DaemonSet without nodes', daemonSet({ desiredNumberScheduled: 0 }), 'Healthy'],
  [
    'a DaemonSet that no controller has seen',
    object('apps/v1/DaemonSet', { status: {} }, { generation: 1 }),
    'Progressing',
    'nothing is known',
  ],
  [
    'a DaemonSet that rolls out',
    daemonSet({ updatedNumberScheduled: 1, numberAvailable: 2 }),
    'Progressing',
    '1 of 2 nodes',
  ],
  [
    'a DaemonSet that is not available everywhere',
    daemonSet({ updatedNumberScheduled: 2, numberAvailable: 1 }),
    'Progressing',
    '1 of 2',
  ],
  [
    'a DaemonSet that is updated by hand',
    daemonSet({ numberAvailable: 2 }, { updateStrategy: { type: 'OnDelete' } }),
    'Healthy',
  ],

  ['a ReplicaSet that is complete', replicaSet({ replicas: 1, availableReplicas: 1 }), 'Healthy'],
  ['a ReplicaSet that starts', replicaSet({ replicas: 1, availableReplicas: 0 }), 'Progressing', '0 of 1'],
  [
    'a ReplicaSet that shrinks',
    replicaSet({ replicas: 2, availableReplicas: 2 }),
    'Progressing',
    '1 replicas too many',
  ],
  [
    'a ReplicaSet whose pods are refused',
    replicaSet({ ...conditions(['ReplicaFailure', 'True', 'FailedCreate', 'forbidden']) }),
    'Degraded',
    'forbidden',
  ],
  [
    'a ReplicationController',
    object(
      'ReplicationController',
      { spec: { replicas: 1 }, status: { observedGeneration: 1, replicas: 1, availableReplicas: 1 } },
      { generation: 1 },
    ),
    'Healthy',
  ],

  ['a Pod that is ready', pod({ phase: 'Running', ...conditions(['Ready', 'True']) }), 'Healthy'],
  ['a Pod that has completed', pod({ phase: 'Succeeded' }), 'Healthy', 'completed'],
  [
    'a Pod that has failed',
    pod({ phase: 'Failed', containerStatuses: [{ name: 'web', state: { terminated: { exitCode: 3 } } }] }),
    'Degraded',
    'web ended with exit code 3',
  ],
  [
    'a Pod that was evicted',
    pod({ phase: 'Failed', reason: 'Evicted', message: 'low on memory' }),
    'Degraded',
    'low on memory',
  ],
  [
    'a Pod that is not ready',
    pod({ phase: 'Running', ...conditions(['Ready', 'False', 'ContainersNotReady', 'web is not ready']) }),
    'Progressing',
    'web is not ready',
  ],
  [
    'a Pod that no node takes',
    pod({ phase: 'Pending', ...conditions(['PodScheduled', 'False', 'Unschedulable', '0/3 nodes are available']) }),
    'Progressing',
    '0/3 nodes',
  ],
  ['a Pod that starts', pod({ phase: 'Pending', ...waiting('ContainerCreating') }), 'Progressing', 'have not started'],
  [
    'a Pod that crashes',
    pod({ phase: 'Running', ...waiting('CrashLoopBackOff', 'back-off 5m') }),
    'Degraded',
    'CrashLoopBackOff: back-off 5m',
  ],
  ['a Pod whose image is not there', pod({ phase: 'Pending', ...waiting('ErrImagePull') }), 'Degraded', 'ErrImagePull'],
  ['a Pod without its ConfigMap', pod({ phase: 'Pending', ...waiting('CreateContainerConfigError') }), 'Degraded'],
  [
    'a Pod whose init container crashes',
    pod({
      phase: 'Pending',
      initContainerStatuses: [{ name: 'init', state: { waiting: { reason: 'CrashLoopBackOff' } } }],
    }),
    'Degraded',
    'container init',
  ],
  ['a Pod on a lost node', pod({ phase: 'Unknown' }), 'Unknown'],

  [
    'a Job that runs',
    object('batch/v1/Job', { status: { startTime: 't', active: 1 } }),
    'Progressing',
    '1 pods are running',
  ],
  ['a Job that has not started', object('batch/v1/Job', { status: {} }), 'Progressing', 'not started'],
  ['a Job that is complete', object('batch/v1/Job', { status: conditions(['Complete', 'True']) }), 'Healthy'],
  [
    'a Job that has failed',
    object('batch/v1/Job', { status: conditions(['Failed', 'True', 'BackoffLimitExceeded', 'too many']) }),
    'Degraded',
    'too many',
  ],
  [
    'a Job that is suspended',
    object('batch/v1/Job', { spec: { suspend: true }, status: conditions(['Suspended', 'True']) }),
    'Suspended',
  ],
  ['a CronJob', object('batch/v1/CronJob', { spec: { suspend: false } }), 'Healthy'],
  ['a CronJob that is suspended', object('batch/v1/CronJob', { spec: { suspend: true } }), 'Suspended'],

  ['a claim that is bound', object('PersistentVolumeClaim', { status: { phase: 'Bound' } }), 'Healthy'],
  [
    'a claim that waits',
    object('PersistentVolumeClaim', { status: { phase: 'Pending' } }),
    'Progressing',
    'status.phase is Pending',
  ],
  ['a claim that lost its volume', object('PersistentVolumeClaim', { status: { phase: 'Lost' } }), 'Degraded'],
  ['a claim that is new', object('PersistentVolumeClaim', {}), 'Progressing'],
  ['a volume that is free', object('PersistentVolume', { status: { phase: 'Available' } }), 'Healthy'],
  [
    'a volume that failed',
    object('PersistentVolume', { status: { phase: 'Failed', message: 'recycler died' } }),
    'Degraded',
    'recycler died',
  ],

  ['a Service', object('Service', { spec: { type: 'ClusterIP' } }), 'Healthy'],
  [
    'a load balancer without address',
    object('Service', { spec: { type: 'LoadBalancer' }, status: { loadBalancer: {} } }),
    'Progressing',
    'no address',
  ],
  [
    'a load balancer',
    object('Service', { spec: { type: 'LoadBalancer' }, status: { loadBalancer: { ingress: [{ ip: '10.0.0.1' }] } } }),
    'Healthy',
  ],
  [
    'an Ingress without address',
    object('networking.k8s.io/v1/Ingress', { status: { loadBalancer: {} } }),
    'Healthy',
    'no controller',
  ],
  [
    'an Ingress',
    object('networking.k8s.io/v1/Ingress', { status: { loadBalancer: { ingress: [{ ip: '10.0.0.1' }] } } }),
    'Healthy',
  ],

  [
    'an autoscaler at work',
    object('autoscaling/v2/HorizontalPodAutoscaler', {
      status: conditions(
        ['AbleToScale', 'True'],
        ['ScalingActive', 'True'],
        ['ScalingLimited', 'True', 'TooFewReplicas'],
      ),
    }),
    'Healthy',
  ],
  ['an autoscaler that is new', object('autoscaling/v2/HorizontalPodAutoscaler', {}), 'Progressing'],
  [
    'an autoscaler without metrics',
    object('autoscaling/v2/HorizontalPodAutoscaler', {
      status: conditions(['AbleToScale', 'True'], ['ScalingActive', 'False', 'FailedGetResourceMetric', 'no metrics']),
    }),
    'Degraded',
    'no metrics',
  ],
  [
    'an autoscaler without target',
    object('autoscaling/v2/HorizontalPodAutoscaler', {
      status: conditions(['AbleToScale', 'False', 'FailedGetScale', 'not found']),
    }),
    'Degraded',
    'not found',
  ],
  [
    'an autoscaler of a target scaled to nothing',
    object('autoscaling/v2/HorizontalPodAutoscaler', {
      status: conditions(['AbleToScale', 'True'], ['ScalingActive', 'False', 'ScalingDisabled']),
    }),
    'Suspended',
  ],
  [
    'a disruption budget',
    object(
      'policy/v1/PodDisruptionBudget',
      { status: { observedGeneration: 1, ...conditions(['DisruptionAllowed', 'False', 'InsufficientPods']) } },
      { generation: 1 },
    ),
    'Healthy',
  ],
  [
    'a disruption budget that cannot be computed',
    object('policy/v1/PodDisruptionBudget', {
      status: conditions(['DisruptionAllowed', 'False', 'SyncFailed', 'no scale']),
    }),
    'Degraded',
    'no scale',
  ],
  ['a disruption budget that is new', object('policy/v1/PodDisruptionBudget', {}), 'Progressing'],

  [
    'a definition that is established',
    object('apiextensions.k8s.io/v1/CustomResourceDefinition', {
      status: conditions(['NamesAccepted', 'True'], ['Established', 'True']),
    }),
    'Healthy',
  ],
  [
    'a definition that is installed',
    object('apiextensions.k8s.io/v1/CustomResourceDefinition', {
      status: conditions(['NamesAccepted', 'True'], ['Established', 'False', 'Installing']),
    }),
    'Progressing',
  ],
  [
    'a definition whose name is taken',
    object('apiextensions.k8s.io/v1/CustomResourceDefinition', {
      status: conditions(['Established', 'False'], ['NamesAccepted', 'False', 'PluralConflict', 'taken']),
    }),
    'Degraded',
    'taken',
  ],
  ['a definition that is new', object('apiextensions.k8s.io/v1/CustomResourceDefinition', {}), 'Progressing'],
  [
    'an API that answers',
    object('apiregistration.k8s.io/v1/APIService', { status: conditions(['Available', 'True']) }),
    'Healthy',
  ],
  [
    'an API that does not answer',
    object('apiregistration.k8s.io/v1/APIService', {
      status: conditions(['Available', 'False', 'MissingEndpoints', 'no endpoints']),
    }),
    'Progressing',
    'no endpoints',
  ],
  [
    'a certificate that is signed',
    object('certificates.k8s.io/v1/CertificateSigningRequest', {
      status: { certificate: 'x', ...conditions(['Approved', 'True']) },
    }),
    'Healthy',
  ],
  [
    'a certificate that waits',
    object('certificates.k8s.io/v1/CertificateSigningRequest', {}),
    'Progressing',
    'waits for approval',
  ],
  [
    'a certificate that was approved',
    object('certificates.k8s.io/v1/CertificateSigningRequest', { status: conditions(['Approved', 'True']) }),
    'Progressing',
    'not signed',
  ],
  [
    'a certificate that was denied',
    object('certificates.k8s.io/v1/CertificateSigningRequest', {
      status: conditions(['Denied', 'True', 'No', 'not you']),
    }),
    'Degraded',
    'not you',
  ],
  [
    'a flow schema that leads nowhere',
    object('flowcontrol.apiserver.k8s.io/v1/FlowSchema', {
      status: conditions(['Dangling', 'True', 'NotFound', 'no such level']),
    }),
    'Degraded',
    'no such level',
  ],
  [
    'a flow schema',
    object('flowcontrol.apiserver.k8s.io/v1/FlowSchema', { status: conditions(['Dangling', 'False']) }),
    'Healthy',
  ],

  ['a Namespace', object('Namespace', { status: { phase: 'Active' } }), 'Healthy'],
  [
    'a Namespace that is being deleted',
    object(
      'Namespace',
      {
        status: {
          phase: 'Terminating',
          ...conditions([
            'NamespaceFinalizersRemaining',
            'True',
            'SomeFinalizersRemain',
            'widgets.example in 1 resource instances',
          ]),
        },
      },
      { deletionTimestamp: 't' },
    ),
    'Progressing',
    'widgets.example',
  ],
  ['a Node', object('Node', { status: conditions(['Ready', 'True']) }), 'Healthy'],
  [
    'a Node that takes no pods',
    object('Node', { spec: { unschedulable: true }, status: conditions(['Ready', 'True']) }),
    'Suspended',
  ],
  [
    'a Node that does not answer',
    object('Node', { status: conditions(['Ready', 'Unknown', 'NodeStatusUnknown', 'no word']) }),
    'Degraded',
    'no word',
  ],
  ['a Node that is new', object('Node', {}), 'Progressing'],
  ['a ConfigMap', object('ConfigMap', { data: {} }), 'Healthy'],
  ['a Secret', object('Secret', {}), 'Healthy'],
  ['a ServiceAccount', object('ServiceAccount', {}), 'Healthy'],
  ['an Endpoints', object('Endpoints', {}), 'Healthy'],
  ['a webhook configuration', object('admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration', {}), 'Healthy'],
  ['a ClusterRole', object('rbac.authorization.k8s.io/v1/ClusterRole', {}), 'Healthy'],

  ['a custom resource without status', object('example.dev/v1/Widget', {}), 'Healthy'],
  [
    'a custom resource that is ready',
    object('example.dev/v1/Widget', { status: conditions(['Ready', 'True', 'Ok', 'all fine']) }),
    'Healthy',
    'all fine',
  ],
  [
    'a policy whose expressions are sound',
    object('admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy', { status: { typeChecking: {} } }),
    'Healthy',
  ],
  [
    'a policy with an expression that does not fit its kinds',
    object('admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy', {
      status: {
        typeChecking: { expressionWarnings: [{ fieldRef: 'spec.validations[0].expression', warning: 'no such key' }] },
      },
    }),
    'Degraded',
    'spec.validations[0].expression: no such key',
  ],
  [
    'a volume that is attached',
    object('storage.k8s.io/v1/VolumeAttachment', { status: { attached: true } }),
    'Healthy',
  ],
  ['a volume that is not attached yet', object('storage.k8s.io/v1/VolumeAttachment', {}), 'Progressing', 'attached'],
  [
    'a volume that cannot be attached',
    object('storage.k8s.io/v1/VolumeAttachment', { status: { attached: false, attachError: { message: 'no disk' } } }),
    'Degraded',
    'no disk',
  ],
  ['a namespace', object('Namespace', { status: { phase: 'Active' } }), 'Healthy'],
  [
    'a range of addresses that is not ready',
    object('networking.k8s.io/v1/ServiceCIDR', { status: conditions(['Ready', 'False', 'Deleting', 'in use']) }),
    'Progressing',
    'in use',
  ],
  ['a claim of a device that no pod needs yet', object('resource.k8s.io/v1/ResourceClaim', { status: {} }), 'Healthy'],
  [
    'a custom resource that is not ready',
    object('example.dev/v1/Widget', { status: conditions(['Ready', 'False', 'Wait', 'in a moment']) }),
    'Progressing',
    'in a moment',
  ],
  [
    'a custom resource that reconciles',
    object('example.dev/v1/Widget', { status: conditions(['Ready', 'True'], ['Reconciling', 'True', 'New']) }),
    'Progressing',
    'New',
  ],
  [
    'a custom resource that is stuck',
    object('example.dev/v1/Widget', {
      status: conditions(['Ready', 'False'], ['Stalled', 'True', 'Bad', 'no such class']),
    }),
    'Degraded',
    'no such class',
  ],
  [
    'a custom resource whose controller lags',
    object(
      'example.dev/v1/Widget',
      { status: { observedGeneration: 1, ...conditions(['Ready', 'True']) } },
      { generation: 2 },
    ),
    'Progressing',
    'generation 1 of 2',
  ],
  ['a custom resource that is suspended', object('example.dev/v1/Widget', { spec: { suspend: true } }), 'Suspended'],
  ['a custom resource whose name is that of a built-in kind', object('example.dev/v1/Deployment', {}), 'Healthy'],
  [
    'an object that is being deleted',
    object('ConfigMap', {}, { deletionTimestamp: 't', finalizers: ['a/b', 'c/d'] }),
    'Progressing',
    'held by a/b, c/d',
  ],
  [
    'conditions that are none',
    object('example.dev/v1/Widget', { status: { conditions: [null, 3, { type: 'Ready' }] } }),
    'Progressing',
    'Ready is',
  ],
];

for (const [title, live, status, message = ''] of cases) {
  test(title, () => {
    const health = healthOf(live);
    expect(health.status).toBe(status);
    expect(health.message).toContain(message);
    // Whatever is not well must say why.
    if (status !== 'Healthy') expect(health.message).not.toBe('');
  });
}

test('an object that is not there is missing', () => {
  expect(healthOf(undefined).status).toBe('Missing');
});

function named(id: string, status: HealthStatus): NamedHealth {
  return { id, health: { status, message: 'why' } };
}

test('many are as well as the worst of them', () => {
  expect(combineHealth([])).toEqual({ status: 'Healthy', message: '' });
  expect(combineHealth([named('a', 'Healthy'), named('b', 'Suspended')])).toEqual({
    status: 'Suspended',
    message: 'b: why',
  });
  expect(combineHealth([named('c', 'Degraded'), named('a', 'Progressing'), named('b', 'Degraded')])).toEqual({
    status: 'Degraded',
    message: 'b: why (and 1 more)',
  });
  expect(isWorse('Missing', 'Progressing')).toBe(true);
  expect(isWorse('Healthy', 'Healthy')).toBe(false);
});

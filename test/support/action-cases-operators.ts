import type { JsonObject } from '../../src/object.ts';
import {
  type ActionCase,
  type ActionCases,
  annotated,
  annotation,
  flux,
  requestedAt,
  restartedAt,
  switching,
} from './action-case.ts';

const helm = (name: string): ActionCase => ({
  action: name,
  never: { spec: { suspend: true } },
  patch: { metadata: { annotations: { [requestedAt]: '<now>', [`reconcile.fluxcd.io/${name}At`]: '<now>' } } },
});

const inQueue = (action: string, to: string, on: string, never: string): ActionCase => ({
  action,
  on: { spec: { stopPolicy: on } },
  never: { spec: { stopPolicy: never } },
  patch: { spec: { stopPolicy: to } },
});

const forcePromote: ActionCase = {
  action: 'promote',
  on: { metadata: { labels: { 'numaplane.numaproj.io/upgrade-state': 'trial' } } },
  never: {},
  patch: { metadata: { labels: { 'numaplane.numaproj.io/force-promote': 'true' } } },
};

/** The phases of what Numaflow runs; what stands in the spec lies where `within` puts it. */
function phases(
  within: (spec: JsonObject) => JsonObject,
  more: Readonly<Record<string, JsonObject>>,
): readonly ActionCase[] {
  const paused = within({ lifecycle: { desiredPhase: 'Paused' } });
  const running = within({ lifecycle: { desiredPhase: 'Running' } });
  const resumes = Object.entries({ resume: {}, ...more }).map(([action, other]) => ({
    action,
    on: paused,
    never: { ...paused, metadata: { ownerReferences: [{ kind: 'PipelineRollout' }] } },
    patch: {
      ...running,
      ...other,
      ...('spec' in other ? { spec: { ...(running['spec'] as JsonObject), ...(other['spec'] as JsonObject) } } : {}),
    },
  }));
  return [{ action: 'pause', never: paused, patch: paused }, ...resumes];
}

const resumed = (fastResume: boolean): JsonObject => ({ spec: { strategy: { pauseResume: { fastResume } } } });
const resuming = { 'resume-fast': resumed(true), 'resume-slow': resumed(false) };
const strategy = (how: string): JsonObject => annotated('numaflow.numaproj.io/resume-strategy', how);

/** The actions on what operators look after. */
export const operatorCases: readonly ActionCases[] = [
  {
    kinds: ['core.strimzi.io/v1 StrimziPodSet'],
    cases: [
      {
        action: 'restart',
        never: annotated('strimzi.io/manual-rolling-update', 'true'),
        patch: annotated('strimzi.io/manual-rolling-update', 'true'),
      },
    ],
  },
  {
    kinds: ['Kafka', 'KafkaBridge', 'KafkaConnect', 'KafkaConnector', 'KafkaMirrorMaker2', 'KafkaRebalance']
      .concat(['KafkaTopic', 'KafkaUser'])
      .map((kind) => `kafka.strimzi.io/v1 ${kind}`),
    cases: annotation('pause', 'resume', 'strimzi.io/pause-reconciliation', 'true'),
  },
  {
    kinds: ['external-secrets.io/v1 ExternalSecret', 'external-secrets.io/v1 ClusterExternalSecret'],
    cases: [{ action: 'refresh', patch: annotated('force-sync', '<now>') }],
  },
  {
    kinds: ['external-secrets.io/v1alpha1 PushSecret'],
    cases: [{ action: 'push', patch: annotated('force-sync', '<now>') }],
  },
  {
    kinds: [
      'kustomize.toolkit.fluxcd.io/v1 Kustomization',
      'image.toolkit.fluxcd.io/v1 ImageRepository',
      'image.toolkit.fluxcd.io/v1 ImageUpdateAutomation',
      'notification.toolkit.fluxcd.io/v1 Receiver',
      ...['Bucket', 'GitRepository', 'HelmChart', 'HelmRepository', 'OCIRepository'].map(
        (kind) => `source.toolkit.fluxcd.io/v1 ${kind}`,
      ),
    ],
    cases: flux,
  },
  { kinds: ['helm.toolkit.fluxcd.io/v2 HelmRelease'], cases: [...flux, helm('force'), helm('reset')] },
  {
    kinds: [
      'notification.toolkit.fluxcd.io/v1beta3 Alert',
      'notification.toolkit.fluxcd.io/v1beta3 Provider',
      'k8s.mariadb.com/v1alpha1 MariaDB',
      'flagger.app/v1beta1 Canary',
      'sparkoperator.k8s.io/v1beta2 ScheduledSparkApplication',
    ],
    cases: switching('suspend', 'resume', 'suspend'),
  },
  {
    kinds: [
      'monitoring.coreos.com/v1 Alertmanager',
      'monitoring.coreos.com/v1 Prometheus',
      'monitoring.coreos.com/v1alpha1 PrometheusAgent',
      'monitoring.coreos.com/v1 ThanosRuler',
    ],
    cases: switching('pause', 'resume', 'paused'),
  },
  {
    kinds: [
      'pgv2.percona.com/v2 PerconaPGCluster',
      'psmdb.percona.com/v1 PerconaServerMongoDB',
      'pxc.percona.com/v1 PerconaXtraDBCluster',
    ],
    cases: switching('pause', 'resume', 'pause'),
  },
  {
    kinds: ['keda.sh/v1alpha1 ScaledObject'],
    cases: [
      {
        action: 'pause',
        never: annotated('autoscaling.keda.sh/paused', 'true'),
        patch: annotated('autoscaling.keda.sh/paused', 'true'),
      },
      {
        action: 'pause-at',
        values: { replicas: '3' },
        never: annotated('autoscaling.keda.sh/paused', 'true'),
        patch: annotated('autoscaling.keda.sh/paused-replicas', '3'),
      },
      {
        action: 'resume',
        on: annotated('autoscaling.keda.sh/paused-replicas', '3'),
        never: {},
        patch: {
          metadata: {
            annotations: { 'autoscaling.keda.sh/paused': null, 'autoscaling.keda.sh/paused-replicas': null },
          },
        },
      },
    ],
  },
  {
    kinds: ['keda.sh/v1alpha1 ScaledJob'],
    cases: annotation('pause', 'resume', 'autoscaling.keda.sh/paused', 'true'),
  },
  {
    kinds: ['kubevirt.io/v1 VirtualMachine'],
    cases: [
      {
        action: 'start',
        on: { spec: { runStrategy: 'Halted' } },
        never: { spec: { runStrategy: 'Always' } },
        patch: { spec: { running: null, runStrategy: 'Always' } },
      },
      {
        action: 'stop',
        on: { spec: { runStrategy: 'Always' } },
        never: { spec: { running: false } },
        patch: { spec: { running: null, runStrategy: 'Halted' } },
      },
    ],
  },
  {
    kinds: ['kueue.x-k8s.io/v1beta1 ClusterQueue', 'kueue.x-k8s.io/v1beta1 LocalQueue'],
    cases: [
      inQueue('pause', 'Hold', 'None', 'Hold'),
      inQueue('drain', 'HoldAndDrain', 'Hold', 'HoldAndDrain'),
      inQueue('resume', 'None', 'HoldAndDrain', 'None'),
    ],
  },
  { kinds: ['numaflow.numaproj.io/v1alpha1 InterStepBufferService'], cases: [forcePromote] },
  {
    kinds: ['numaflow.numaproj.io/v1alpha1 MonoVertex'],
    cases: [...phases((spec) => ({ spec }), { 'resume-slow': { spec: { replicas: null } } }), forcePromote],
  },
  {
    kinds: ['numaflow.numaproj.io/v1alpha1 Pipeline'],
    cases: [
      ...phases((spec) => ({ spec }), { 'resume-fast': strategy('fast'), 'resume-slow': strategy('slow') }),
      forcePromote,
    ],
  },
  {
    kinds: ['numaplane.numaproj.io/v1alpha1 MonoVertexRollout'],
    cases: phases((spec) => ({ spec: { monoVertex: { spec } } }), resuming),
  },
  {
    kinds: ['numaplane.numaproj.io/v1alpha1 PipelineRollout'],
    cases: phases((spec) => ({ spec: { pipeline: { spec } } }), resuming),
  },
  {
    kinds: ['postgresql.cnpg.io/v1 Cluster'],
    cases: [
      { action: 'restart', patch: annotated(restartedAt, '<now>') },
      { action: 'reload', patch: annotated('cnpg.io/reloadedAt', '<now>') },
      {
        action: 'promote',
        values: { instance: 'db-2' },
        on: { status: { instancesStatus: { healthy: ['db-1', 'db-2'] } } },
        never: { status: { instancesStatus: { healthy: ['db-1'] } } },
        patch: {
          status: {
            targetPrimary: 'db-2',
            targetPrimaryTimestamp: '<now>',
            phase: 'Switchover in progress',
            phaseReason: 'Switching over to db-2',
          },
        },
      },
      ...annotation('suspend', 'resume', 'cnpg.io/reconciliationLoop', 'disabled'),
    ],
  },
  {
    kinds: ['promoter.argoproj.io/v1alpha1 PullRequest'],
    cases: [
      {
        action: 'merge',
        on: { spec: { state: 'open' } },
        never: { spec: { state: 'closed' } },
        patch: { spec: { state: 'merged' } },
      },
    ],
  },
  {
    kinds: ['serving.kserve.io/v1beta1 InferenceService'],
    cases: annotation('stop', 'start', 'serving.kserve.io/stop', 'true'),
  },
  {
    kinds: ['velero.io/v1 Schedule'],
    cases: [
      {
        action: 'run',
        on: { spec: { template: { ttl: '72h0m0s' } } },
        makes: {
          kind: 'Backup',
          metadata: { labels: { 'velero.io/schedule-name': 'x' } },
          spec: { ttl: '72h0m0s' },
        },
      },
      ...switching('pause', 'resume', 'paused'),
    ],
  },
  {
    kinds: ['s3.aws.crossplane.io/v1beta1 Bucket', 's3.aws.upbound.io/v1beta1 Bucket'],
    cases: annotation('pause', 'resume', 'crossplane.io/paused', 'true'),
  },
];

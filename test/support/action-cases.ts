import { type ActionCases, condition, controlled, restart, runsOnce, scale, switching } from './action-case.ts';
import { operatorCases } from './action-cases-operators.ts';

const workloadCases: readonly ActionCases[] = [
  { kinds: ['v1 Node'], cases: switching('cordon', 'uncordon', 'unschedulable') },
  { kinds: ['v1 ReplicationController'], cases: [scale] },
  {
    kinds: ['apps/v1 Deployment'],
    cases: [{ ...restart, never: { spec: { paused: true } } }, scale, ...switching('pause', 'resume', 'paused')],
  },
  {
    kinds: ['apps/v1 StatefulSet', 'apps.kruise.io/v1beta1 StatefulSet', 'apps.kruise.io/v1alpha1 CloneSet'],
    cases: [restart, scale],
  },
  { kinds: ['apps/v1 DaemonSet', 'apps.kruise.io/v1alpha1 DaemonSet'], cases: [restart] },
  { kinds: ['apps/v1 ReplicaSet', 'cluster.x-k8s.io/v1beta2 MachineSet'], cases: [{ ...scale, never: controlled }] },
  {
    kinds: ['batch/v1 CronJob'],
    cases: [
      {
        action: 'run',
        on: { spec: { jobTemplate: { spec: runsOnce } } },
        makes: {
          apiVersion: 'batch/v1',
          kind: 'Job',
          metadata: { annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' } },
        },
      },
      ...switching('suspend', 'resume', 'suspend'),
    ],
  },
  {
    kinds: ['batch/v1 Job'],
    cases: [
      ...switching('suspend', 'resume', 'suspend'),
      {
        action: 'run',
        // Nothing to do: it has ended at once.
        on: { spec: { ...runsOnce, completions: 0 }, ...condition('Complete') },
        never: {},
        makes: { apiVersion: 'batch/v1', kind: 'Job' },
      },
    ],
  },
  {
    kinds: ['apps.kruise.io/v1alpha1 AdvancedCronJob'],
    cases: switching('suspend', 'resume', 'paused'),
  },
  {
    kinds: ['argoproj.io/v1alpha1 Rollout'],
    cases: [
      { action: 'restart', patch: { spec: { restartAt: '<now>' } } },
      scale,
      ...switching('pause', 'resume', 'paused'),
      {
        action: 'promote',
        on: { status: { pauseConditions: [{ reason: 'CanaryPauseStep' }] } },
        never: { status: { abort: true, pauseConditions: [{}] } },
        patch: { status: { pauseConditions: null } },
      },
      {
        action: 'skip-step',
        on: {
          spec: { strategy: { canary: { steps: [{}, {}] } } },
          status: { currentStepIndex: 0, pauseConditions: [{}] },
        },
        never: { spec: { strategy: { canary: { steps: [{}] } } }, status: { currentStepIndex: 1 } },
        patch: { status: { currentStepIndex: 1, pauseConditions: null } },
      },
      {
        action: 'promote-full',
        on: { status: { currentPodHash: 'b', stableRS: 'a' } },
        never: { status: { currentPodHash: 'a', stableRS: 'a' } },
        patch: { status: { promoteFull: true } },
      },
      { action: 'abort', never: { status: { abort: true } }, patch: { status: { abort: true } } },
      { action: 'retry', on: { status: { abort: true } }, never: {}, patch: { status: { abort: null } } },
    ],
  },
  {
    kinds: ['argoproj.io/v1alpha1 AnalysisRun'],
    cases: [{ action: 'terminate', never: { status: { phase: 'Failed' } }, patch: { spec: { terminate: true } } }],
  },
  {
    kinds: ['argoproj.io/v1alpha1 CronWorkflow'],
    cases: [
      {
        action: 'run',
        on: { spec: { workflowSpec: { entrypoint: 'main' } } },
        makes: { kind: 'Workflow', spec: { entrypoint: 'main' } },
      },
      ...switching('suspend', 'resume', 'suspend'),
    ],
  },
  {
    kinds: ['argoproj.io/v1alpha1 WorkflowTemplate'],
    cases: [{ action: 'run', makes: { kind: 'Workflow', spec: { workflowTemplateRef: { name: 'x' } } } }],
  },
  {
    kinds: ['argoproj.io/v1alpha1 Workflow'],
    cases: [
      ...switching('suspend', 'resume', 'suspend'),
      {
        action: 'terminate',
        never: { status: { finishedAt: '2026-01-01T00:00:00Z' } },
        patch: { spec: { shutdown: 'Terminate' } },
      },
    ],
  },
  {
    kinds: ['cert-manager.io/v1 Certificate'],
    cases: [
      {
        action: 'renew',
        on: condition('Ready'),
        never: condition('Issuing'),
        patch: {
          status: {
            conditions: [
              { type: 'Ready', status: 'True' },
              {
                type: 'Issuing',
                status: 'True',
                reason: 'ManuallyTriggered',
                message: 'Certificate re-issuance manually triggered',
                lastTransitionTime: '<now>',
              },
            ],
          },
        },
      },
    ],
  },
  {
    kinds: ['cluster.x-k8s.io/v1beta2 Cluster'],
    cases: switching('pause', 'resume', 'paused'),
  },
  {
    kinds: ['cluster.x-k8s.io/v1beta1 MachineDeployment'],
    cases: [
      { action: 'restart', patch: { spec: { rolloutAfter: '<now>' } } },
      scale,
      ...switching('pause', 'resume', 'paused'),
    ],
  },
  {
    kinds: ['controlplane.cluster.x-k8s.io/v1beta2 KubeadmControlPlane'],
    cases: [{ action: 'restart', patch: { spec: { rollout: { after: '<now>' } } } }, scale],
  },
  {
    kinds: [
      'cluster.x-k8s.io/v1beta2 MachinePool',
      'mlops.seldon.io/v1alpha1 Model',
      'mlops.seldon.io/v1alpha1 Server',
      'machinelearning.seldon.io/v1 SeldonDeployment',
    ],
    cases: [scale],
  },
];

/** Every action that there is, by kind. */
export const actionCases: readonly ActionCases[] = [...workloadCases, ...operatorCases];

import type { Json, JsonObject, KubeObject } from '../../object.ts';
import type { Action, ActionInput, GroupActions, PatchEffect } from '../action.ts';
import { nameAt, owned } from '../make-job.ts';
import { scale, switching } from '../shared.ts';

const promoted = 'has(status.currentPodHash) && has(status.stableRS) && status.currentPodHash == status.stableRS';

const inStatus = (status: { readonly [field: string]: Json }): PatchEffect => ({
  kind: 'patch',
  subresource: 'status',
  patch: { status },
  belongs: 'Cluster',
});

/** Leaves the step at which a canary is, and what holds it there. */
function nextStep({ object }: ActionInput): JsonObject {
  const { currentStepIndex = 0 } = (object['status'] ?? {}) as { readonly currentStepIndex?: number };
  return { status: { pauseConditions: null, currentStepIndex: currentStepIndex + 1 } };
}

const rollout: readonly Action[] = [
  {
    name: 'restart',
    does: 'Replace all pods',
    effect: { kind: 'patch', patch: { spec: { restartAt: { fill: 'now' } } }, belongs: 'Cluster' },
  },
  scale,
  ...switching(['pause', 'Hold the rollout where it is'], ['resume', 'Go on with a rollout that was paused'], 'paused'),
  {
    name: 'promote',
    does: 'Leave the pause at which the rollout waits',
    when: 'size(status.pauseConditions) > 0',
    unless: 'status.abort == true',
    effect: inStatus({ pauseConditions: null }),
  },
  {
    name: 'skip-step',
    does: 'Go on to the next step of the canary',
    when: 'status.currentStepIndex < size(spec.strategy.canary.steps)',
    unless: `(has(status.abort) && status.abort == true) || (${promoted})`,
    effect: {
      kind: 'patch',
      subresource: 'status',
      patch: { says: '`status.currentStepIndex` one higher, without `status.pauseConditions`', make: nextStep },
      belongs: 'Cluster',
    },
  },
  {
    name: 'promote-full',
    does: 'Skip all steps, pauses and analyses that are left',
    unless: promoted,
    effect: inStatus({ promoteFull: true }),
  },
  {
    name: 'abort',
    does: 'Go back to the stable version',
    unless: `(has(status.abort) && status.abort == true) || (${promoted})`,
    effect: inStatus({ abort: true }),
  },
  {
    name: 'retry',
    does: 'Try a rollout again that was aborted',
    when: 'status.abort == true',
    effect: inStatus({ abort: null }),
  },
];

interface Workflowed {
  readonly workflowMetadata?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly workflowSpec?: JsonObject;
}

const instance = 'workflows.argoproj.io/controller-instanceid';

function workflow(input: ActionInput, labels: Readonly<Record<string, string>>, spec: JsonObject): KubeObject {
  const { object } = input;
  const { namespace = '', labels: own = {} } = object.metadata;
  const chosen = own[instance];
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata: {
      name: nameAt(input),
      namespace,
      labels: { ...labels, ...(chosen === undefined ? {} : { [instance]: chosen }) },
      ownerReferences: owned(object, false) ?? [],
    },
    spec,
  };
}

function workflowOfCron(input: ActionInput): KubeObject {
  const { object } = input;
  const { workflowMetadata = {}, workflowSpec = {} } = (object['spec'] ?? {}) as Workflowed;
  const labels = { ...workflowMetadata.labels, 'workflows.argoproj.io/cron-workflow': object.metadata.name };
  const made = workflow(input, labels, workflowSpec);
  const annotations = {
    ...workflowMetadata.annotations,
    'workflows.argoproj.io/scheduled-time': input.now.toISOString(),
  };
  return { ...made, metadata: { ...made.metadata, annotations } };
}

function workflowOfTemplate(input: ActionInput): KubeObject {
  const { name } = input.object.metadata;
  return workflow(input, { 'workflows.argoproj.io/workflow-template': name }, { workflowTemplateRef: { name } });
}

const running = (says: string, make: (input: ActionInput) => KubeObject): Action['effect'] => ({
  kind: 'create',
  group: 'argoproj.io',
  objectKind: 'Workflow',
  says,
  make,
});

/** Argo Rollouts and Argo Workflows. */
export const argoprojActions: GroupActions = {
  Rollout: rollout,
  AnalysisRun: [
    {
      name: 'terminate',
      does: 'End it now',
      unless:
        "(has(spec.terminate) && spec.terminate == true) || (has(status.phase) && status.phase in ['Successful', 'Failed', 'Error', 'Inconclusive'])",
      effect: { kind: 'patch', patch: { spec: { terminate: true } }, belongs: 'Cluster' },
    },
  ],
  CronWorkflow: [
    {
      name: 'run',
      does: 'Run it now, whatever its schedule says',
      effect: running('a Workflow of `spec.workflowSpec`', workflowOfCron),
    },
    ...switching(
      ['suspend', 'Start no more Workflows'],
      ['resume', 'Start Workflows again as the schedule says'],
      'suspend',
    ),
  ],
  WorkflowTemplate: [
    { name: 'run', does: 'Run it', effect: running('a Workflow that refers to it', workflowOfTemplate) },
  ],
  Workflow: [
    ...switching(
      ['suspend', 'Start no more of its steps'],
      ['resume', 'Go on with its steps'],
      'suspend',
      '(has(status.finishedAt) && status.finishedAt != null)',
    ).map((action): Action => ({ ...action, effect: { ...(action.effect as PatchEffect), belongs: 'Cluster' } })),
    {
      name: 'terminate',
      does: 'End it now',
      unless: 'has(status.finishedAt) && status.finishedAt != null',
      effect: { kind: 'patch', patch: { spec: { shutdown: 'Terminate' } }, belongs: 'Cluster' },
    },
  ],
};

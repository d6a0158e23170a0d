import type { KubeObject } from '../../../object.ts';
import { type Health, healthy, progressing } from '../../health.ts';
import { numberAt, textAt, valueAt } from '../../read.ts';
import { applyRule, type ConditionRule, type DataRule, type GroupRules, type ValueRule } from '../../rule.ts';
import { unseen, present } from '../shared.ts';

const phases: ValueRule = {
  path: 'status.phase',
  values: {
    Pending: 'Progressing',
    Running: 'Progressing',
    Successful: 'Healthy',
    Failed: 'Degraded',
    Error: 'Degraded',
    Inconclusive: 'Unknown',
  },
  message: 'status.message',
};

const deployed: readonly ConditionRule[] = [
  { type: 'Deployed', status: 'False', health: 'Degraded' },
  { type: 'SourcesProvided', status: 'False', health: 'Degraded' },
  { type: 'DependenciesProvided', status: 'False', health: 'Degraded' },
  { type: 'TriggersProvided', status: 'False', health: 'Degraded' },
  { type: 'Deployed', status: 'True', health: 'Healthy' },
];

/** Rollouts keep the generation that they have seen as text, and tell their phase since version 1.0. */
const rollout: DataRule = {
  expressions: [
    {
      when: "status.observedGeneration.matches('^[0-9]+$') && int(status.observedGeneration) < metadata.generation",
      health: 'Progressing',
      says: 'its controller has not seen its newest version',
    },
    {
      when: "metadata.annotations['rollout.argoproj.io/workload-generation'] != status.workloadObservedGeneration",
      health: 'Progressing',
      says: 'its controller has not seen the newest version of the workload',
    },
    { when: 'has(status.phase) && status.phase == "Degraded"', health: 'Degraded', message: 'status.message' },
    {
      when: 'has(status.phase) && status.phase == "Paused"',
      health: 'Suspended',
      message: 'status.message',
      says: 'it is paused',
    },
    { when: 'has(status.phase) && status.phase == "Progressing"', health: 'Progressing', message: 'status.message' },
    { when: 'has(status.phase) && status.phase == "Healthy"', health: 'Healthy' },
    { when: 'size(status.pauseConditions) > 0', health: 'Suspended', says: 'it is paused' },
    { when: 'spec.paused == true', health: 'Suspended', says: 'spec.paused is true' },
  ],
  conditions: [
    { type: 'InvalidSpec', health: 'Degraded' },
    { type: 'Progressing', reasons: ['RolloutAborted', 'ProgressDeadlineExceeded'], health: 'Degraded' },
  ],
  ...unseen,
};

/** Of versions before 1.0, the counts decide. */
function rolloutHealth(object: KubeObject): Health {
  const told = applyRule(rollout, object);
  if (told.status !== 'Progressing' || told.message !== unseen.message) return told;
  const hash = textAt(object, 'status.currentPodHash');
  if (hash === '') return told;
  const wanted = numberAt(object, 'spec.replicas', 1);
  const updated = numberAt(object, 'status.updatedReplicas');
  const available = numberAt(object, 'status.availableReplicas');
  if (updated < wanted) return progressing(`${updated} of ${wanted} replicas are of the new version`);
  if (available < updated) return progressing(`${available} of ${updated} replicas are available`);
  const stable = textAt(object, 'status.stableRS') || textAt(object, 'status.canary.stableRS');
  if (valueAt(object, 'spec.strategy.blueGreen') !== undefined) {
    if (textAt(object, 'status.blueGreen.activeSelector') !== hash)
      return progressing('the active service was not switched yet');
    return stable === '' || stable === hash ? healthy() : progressing('the analysis is not done yet');
  }
  const old = numberAt(object, 'status.replicas') - updated;
  if (old > 0) return progressing(`${old} replicas of the old version are still there`);
  return stable === hash ? healthy() : progressing('not all steps are done');
}

/** Argo: CD, Rollouts, Workflows and Events. */
export const argoprojIoRules: GroupRules = {
  AnalysisRun: { value: phases, ...unseen },
  AnalysisTemplate: present,
  AppProject: present,
  Application: {
    value: {
      path: 'status.health.status',
      values: {
        Healthy: 'Healthy',
        Progressing: 'Progressing',
        Degraded: 'Degraded',
        Suspended: 'Suspended',
        Missing: 'Missing',
        Unknown: 'Unknown',
      },
      message: 'status.health.message',
    },
    ...unseen,
  },
  ApplicationSet: {
    conditions: [
      { type: 'ErrorOccurred', status: 'True', health: 'Degraded' },
      { type: 'ResourcesUpToDate', status: 'False', health: 'Degraded' },
      { type: 'RolloutProgressing', status: 'True', health: 'Progressing' },
      { type: 'ResourcesUpToDate', status: 'True', health: 'Healthy' },
    ],
    ...unseen,
  },
  CronWorkflow: {
    suspended: 'spec.suspend',
    conditions: [
      { type: 'SpecError', status: 'True', health: 'Degraded' },
      { type: 'SubmissionError', status: 'True', health: 'Degraded' },
    ],
    otherwise: 'Healthy',
  },
  EventBus: { conditions: deployed, ...unseen },
  EventSource: { conditions: deployed, ...unseen },
  Experiment: { value: phases, ...unseen },
  Rollout: rolloutHealth,
  Sensor: { conditions: deployed, ...unseen },
  Workflow: {
    suspended: 'spec.suspend',
    value: {
      path: 'status.phase',
      values: {
        Pending: 'Progressing',
        Running: 'Progressing',
        Succeeded: 'Healthy',
        Failed: 'Degraded',
        Error: 'Degraded',
      },
      message: 'status.message',
    },
    ...unseen,
  },
  WorkflowTemplate: present,
};

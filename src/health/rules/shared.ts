import type { DataRule, ValueRule } from '../rule.ts';

/** Where nothing decides: the controller has not looked at it yet. */
export const unseen = { otherwise: 'Progressing', message: 'nothing is known of it yet' } as const;

/** A condition Ready that is False only where something is wrong. */
export const ready: DataRule = {
  conditions: [
    { type: 'Ready', status: 'False', health: 'Degraded' },
    { type: 'Ready', status: 'True', health: 'Healthy' },
    { type: 'Ready', health: 'Progressing' },
  ],
  ...unseen,
};

/** A condition Ready that is False also while work is under way. */
export const readySooner: DataRule = {
  conditions: [
    { type: 'Ready', status: 'True', health: 'Healthy' },
    { type: 'Ready', health: 'Progressing' },
  ],
  ...unseen,
};

/** A condition Synced: what was asked for has reached another system. */
export const synced: DataRule = {
  conditions: [
    { type: 'Synced', status: 'False', health: 'Degraded' },
    { type: 'Synced', status: 'True', health: 'Healthy' },
  ],
  ...unseen,
};

/** The toolkits of Flux: kstatus, where a Ready that is False is a failure unless its reason says that it waits. */
export const flux: DataRule = {
  suspended: 'spec.suspend',
  conditions: [
    { type: 'Stalled', status: 'True', health: 'Degraded' },
    {
      type: 'Ready',
      status: 'False',
      reasons: [
        'Progressing',
        'DependencyNotReady',
        'NewGeneration',
        'Scanning',
        'AccessingRepository',
        'ApplyingPolicy',
      ],
      health: 'Progressing',
    },
    { type: 'Ready', status: 'False', health: 'Degraded' },
    { type: 'Ready', status: 'Unknown', health: 'Progressing' },
    { type: 'Reconciling', status: 'True', health: 'Progressing' },
    { type: 'Ready', status: 'True', health: 'Healthy' },
  ],
  ...unseen,
};

/** What Crossplane manages, composes or installs. */
export const crossplane: DataRule = {
  expressions: [
    {
      when: "metadata.annotations['crossplane.io/paused'] == 'true'",
      health: 'Suspended',
      says: 'the annotation crossplane.io/paused is true',
    },
  ],
  conditions: [
    { type: 'Synced', status: 'False', reasons: ['ReconcilePaused'], health: 'Suspended' },
    { type: 'LastAsyncOperation', status: 'False', health: 'Degraded' },
    { type: 'Synced', status: 'False', health: 'Degraded' },
    { type: 'Ready', status: 'False', reasons: ['Creating', 'Deleting'], health: 'Progressing' },
    { type: 'Ready', status: 'True', health: 'Healthy' },
    { type: 'Healthy', status: 'True', health: 'Healthy' },
    { type: 'Offered', status: 'True', health: 'Healthy' },
    { type: 'Established', status: 'True', health: 'Healthy' },
    { type: 'ValidPipeline', status: 'True', health: 'Healthy' },
    { type: 'RevisionHealthy', status: 'True', health: 'Healthy' },
    { type: 'Ready', health: 'Progressing' },
  ],
  ...unseen,
};

/** Kinds that hold configuration and that nobody writes a status to. */
export const present: DataRule = { otherwise: 'Healthy' };

/** The operators for Kafka and for MongoDB, Redis and the like, which have a condition NotReady beside Ready. */
export const readyOrNot: DataRule = {
  conditions: [
    { type: 'NotReady', status: 'True', reasons: ['Creating'], health: 'Progressing' },
    { type: 'NotReady', status: 'True', health: 'Degraded' },
    { type: 'Ready', status: 'True', health: 'Healthy' },
  ],
  ...unseen,
};

/** Conditions Available, Progressing and Degraded, as operators of OpenShift write them. */
export const openshift: DataRule = {
  conditions: [
    { type: 'Degraded', status: 'True', health: 'Degraded' },
    { type: 'Progressing', status: 'True', health: 'Progressing' },
    { type: 'Available', status: 'True', health: 'Healthy' },
    { type: 'Available', status: 'False', health: 'Degraded' },
  ],
  ...unseen,
};

/** The health that Elastic's operator reports by colour. */
export const elastic: DataRule = {
  expressions: [{ when: "status.phase == 'Invalid'", health: 'Degraded', says: 'status.phase is Invalid' }],
  value: {
    path: 'status.health',
    values: { green: 'Healthy', yellow: 'Progressing', red: 'Degraded', unknown: 'Progressing' },
  },
  ...unseen,
};

/** Of what Solo.io's controllers accept or reject; the state is a word, or its number in older versions. */
export const solo: DataRule = {
  expressions: [
    {
      when: "status.statuses.exists(s, status.statuses[s].state in ['Rejected', 'Warning', 2, 3])",
      health: 'Degraded',
      says: 'one of its controllers rejects it or warns',
    },
    {
      when: "status.state in ['Rejected', 'Warning', 2, 3]",
      health: 'Degraded',
      message: 'status.reason',
      says: 'it is rejected',
    },
    {
      when: "status.statuses.exists(s, status.statuses[s].state in ['Pending', 0])",
      health: 'Progressing',
      says: 'it was not looked at yet',
    },
    { when: "status.state in ['Pending', 0]", health: 'Progressing', says: 'it was not looked at yet' },
    { when: "status.statuses.exists(s, status.statuses[s].state in ['Accepted', 1])", health: 'Healthy' },
    { when: "status.state in ['Accepted', 1]", health: 'Healthy' },
  ],
  ...unseen,
};

/** Kinds of Knative, and others that follow it: Ready is False where something is wrong, and Unknown meanwhile. */
export const knative: DataRule = {
  conditions: [
    { type: 'Ready', status: 'False', health: 'Degraded' },
    { type: 'Ready', status: 'True', health: 'Healthy' },
    { type: 'Ready', health: 'Progressing' },
  ],
  fresh: true,
  ...unseen,
};

/** The databases of Percona. */
export const percona: DataRule = {
  expressions: [
    { when: "spec.pause == true && status.state == 'paused'", health: 'Suspended', says: 'spec.pause is true' },
  ],
  value: {
    path: 'status.state',
    values: {
      ready: 'Healthy',
      initializing: 'Progressing',
      stopping: 'Progressing',
      unready: 'Progressing',
      paused: 'Suspended',
      error: 'Degraded',
    },
  },
  ...unseen,
};

/** The operator for MariaDB, whose conditions are all True once it is well. */
export const mariadb: DataRule = {
  suspended: 'spec.suspend',
  expressions: [
    {
      when: "status.conditions.exists(c, c.status == 'False' && c.reason == 'Failed')",
      health: 'Degraded',
      says: 'one of its conditions has failed',
    },
    {
      when: "status.conditions.exists(c, c.status == 'False')",
      health: 'Progressing',
      says: 'one of its conditions is False',
    },
    { when: "size(status.conditions) > 0 && status.conditions.all(c, c.status == 'True')", health: 'Healthy' },
  ],
  ...unseen,
};

/** Altinity's operators, by `status.status`. */
export const clickhouse: ValueRule = {
  path: 'status.status',
  values: { Completed: 'Healthy', InProgress: 'Progressing', Terminating: 'Progressing', '*': 'Degraded' },
  message: 'status.error',
};

import { Type } from 'typebox';
import { durationPattern } from './duration.ts';

const captureSchema = Type.Object(
  {
    mode: Type.Optional(
      Type.Enum(['Commit', 'PullRequest'], {
        type: 'string',
        default: 'Commit',
        description: 'Whether a change goes to the branch itself, or is proposed in a pull request.',
      }),
    ),
    quietPeriod: Type.Optional(
      Type.String({
        pattern: durationPattern,
        default: '30s',
        maxLength: 32,
        description: 'Changes are captured together once nothing more has changed for so long.',
      }),
    ),
    meanwhile: Type.Optional(
      Type.Enum(['Hold', 'Revert'], {
        type: 'string',
        default: 'Hold',
        description: 'Until Git has taken a change: leave the cluster as it was changed, or put it back at once.',
      }),
    ),
    ignoreManagers: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 128 }), {
        maxItems: 64,
        description: 'Field managers, as `metadata.managedFields` names them, whose changes are never captured.',
      }),
    ),
  },
  { additionalProperties: false, description: 'How drift becomes a commit, where `drift` is `Capture`.' },
);

const shortDuration = (description: string, more: { readonly default?: string } = {}) =>
  Type.Optional(Type.String({ pattern: durationPattern, maxLength: 32, description, ...more }));

const retrySchema = Type.Object(
  {
    limit: Type.Optional(
      Type.Integer({
        minimum: 0,
        description:
          'How often a failed sync of the same content is tried again. After that it waits for a change in Git or of the Application, or for somebody who asks for a sync. Unlimited where unset.',
      }),
    ),
    backoff: Type.Optional(
      Type.Object(
        {
          duration: shortDuration('The time until the first retry.', { default: '2s' }),
          factor: Type.Optional(
            Type.Integer({ minimum: 1, maximum: 100, default: 2, description: 'By which it grows each time.' }),
          ),
          maxDuration: shortDuration('The longest time until a retry.', { default: '5m' }),
        },
        { additionalProperties: false, description: 'How long to wait before a retry.' },
      ),
    ),
  },
  { additionalProperties: false, description: 'How a sync that has failed is tried again.' },
);

const windowsSchema = Type.Array(
  Type.Object(
    {
      kind: Type.Enum(['Allow', 'Deny'], {
        type: 'string',
        description: 'Whether syncs may begin while it is open, or may not.',
      }),
      schedule: Type.String({
        minLength: 1,
        maxLength: 128,
        description: 'When it opens: minute, hour, day of the month, month and day of the week, as cron has them.',
      }),
      duration: Type.String({ pattern: durationPattern, maxLength: 32, description: 'How long it stays open.' }),
      timezone: Type.Optional(
        Type.String({ minLength: 1, maxLength: 64, default: 'UTC', description: 'IANA time zone of the schedule.' }),
      ),
      manual: Type.Optional(
        Type.Boolean({
          default: false,
          description: 'Let people sync by hand although this window keeps other syncs from beginning.',
        }),
      ),
    },
    { additionalProperties: false, description: 'A time in which syncs may begin, or may not.' },
  ),
  {
    maxItems: 32,
    description:
      'When syncs may begin. An open Deny keeps them from it; where there is any Allow, one of them must be open.',
  },
);

/** How the cluster is brought to what Git says: `spec.sync` of an Application. */
export const syncSchema = Type.Object(
  {
    automated: Type.Optional(
      Type.Boolean({ default: true, description: 'Sync every new commit by itself. Otherwise only when asked.' }),
    ),
    prune: Type.Optional(
      Type.Boolean({ default: true, description: 'Delete objects that were synced once and are no longer in Git.' }),
    ),
    pruneLimit: Type.Optional(
      Type.Object(
        {
          objects: Type.Optional(
            Type.Integer({
              minimum: 0,
              description: 'More objects than this wait for approval. Unlimited where unset.',
            }),
          ),
          percent: Type.Optional(
            Type.Integer({
              minimum: 0,
              maximum: 100,
              description: 'A larger share of the objects of the Application than this waits for approval.',
            }),
          ),
        },
        {
          additionalProperties: false,
          default: { percent: 50 },
          description:
            'A prune above either limit waits until it is approved with the annotation `plumbline.dev/approvePrune`.',
        },
      ),
    ),
    deletionsPerMinute: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1_000_000,
        description:
          'At most so many of its objects are deleted in any minute, whatever for; the others wait, and its conditions say until when. 1000 where unset.',
      }),
    ),
    pruneLast: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Prune only once everything that is in Git has been applied and is healthy.',
      }),
    ),
    allowEmpty: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Prune also where the source is there and holds no object at all. Otherwise that is taken for a mistake.',
      }),
    ),
    drift: Type.Optional(
      Type.Enum(['Revert', 'Report', 'Capture'], {
        type: 'string',
        default: 'Revert',
        description:
          'What to do when an object no longer is as Git says: put it back, only say so, or make the change a commit.',
      }),
    ),
    capture: Type.Optional(captureSchema),
    validation: Type.Optional(
      Type.Enum(['Server', 'None'], {
        type: 'string',
        default: 'Server',
        description:
          '`Server`: every changed object is tried on the API server first, and nothing is applied unless all are accepted.',
      }),
    ),
    retry: Type.Optional(retrySchema),
    timeout: shortDuration(
      'A sync that waits longer than this altogether fails, and says for what. Unlimited where unset.',
    ),
    windows: Type.Optional(windowsSchema),
    createNamespace: Type.Optional(
      Type.Boolean({ default: false, description: 'Create the destination namespace where it is missing.' }),
    ),
    namespaceMetadata: Type.Optional(
      Type.Object(
        {
          labels: Type.Optional(
            Type.Record(Type.String(), Type.String(), { description: 'Labels that the namespace has, beside others.' }),
          ),
          annotations: Type.Optional(
            Type.Record(Type.String(), Type.String(), {
              description: 'Annotations that the namespace has, beside others.',
            }),
          ),
        },
        {
          additionalProperties: false,
          description:
            'What the destination namespace is kept to say, with `createNamespace`. It is never deleted for it.',
        },
      ),
    ),
    write: Type.Optional(
      Type.Enum(['Merge', 'Override', 'Replace'], {
        type: 'string',
        default: 'Merge',
        description:
          'How a difference is written. `Merge`: fields that others have set beside Git stay. `Override`: those that kubectl has set go. `Replace`: all of them go. The annotation `plumbline.dev/write` says it for one object.',
      }),
    ),
    recreate: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Delete an object and make it anew where the API server refuses to change it. The annotation `plumbline.dev/recreate` says it for one object.',
      }),
    ),
    propagation: Type.Optional(
      Type.Enum(['Background', 'Foreground', 'Orphan'], {
        type: 'string',
        default: 'Background',
        description:
          'What becomes of the objects that a deleted one owns: deleted after it, before it, or kept. The annotation `plumbline.dev/propagation` says it for one object.',
      }),
    ),
    sharedObjects: Type.Optional(
      Type.Enum(['Fail', 'Skip'], {
        type: 'string',
        default: 'Fail',
        description:
          'Where another Application has an object that this one wants: sync nothing, or all but that object.',
      }),
    ),
    missingKinds: Type.Optional(
      Type.Enum(['Fail', 'Wait'], {
        type: 'string',
        default: 'Fail',
        description:
          'Where the API server does not serve the kind of an object yet, and no definition of the same source brings it: sync nothing until it does, or sync the rest in its order and that object when its kind is there. The annotation `plumbline.dev/missing-kind` says it for one object.',
      }),
    ),
    forceConflicts: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'Take fields over from other field managers. Otherwise a conflict is an error that names them.',
      }),
    ),
  },
  {
    additionalProperties: false,
    default: {},
    description: 'How the cluster is brought to what Git says.',
    'x-kubernetes-validations': [
      {
        rule: '!has(self.namespaceMetadata) || (has(self.createNamespace) && self.createNamespace)',
        message: 'namespaceMetadata goes with createNamespace',
      },
    ],
  },
);

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
    createNamespace: Type.Optional(
      Type.Boolean({ default: false, description: 'Create the destination namespace where it is missing.' }),
    ),
    forceConflicts: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'Take fields over from other field managers. Otherwise a conflict is an error that names them.',
      }),
    ),
  },
  { additionalProperties: false, default: {}, description: 'How the cluster is brought to what Git says.' },
);

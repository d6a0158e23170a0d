import { Type } from 'typebox';
import { conditionsSchema } from './condition.ts';

/** One sync that ended. */
export const historySchema = Type.Object(
  {
    revision: Type.String({ description: 'Full id of the commit; of the first source where there are several.' }),
    revisions: Type.Optional(
      Type.Array(Type.String(), { description: 'That of each source, in their order, where there are several.' }),
    ),
    at: Type.String({ format: 'date-time', description: 'When the sync ended.' }),
    by: Type.String({ description: 'What asked for it: automated, drift, manual or rollback.' }),
    outcome: Type.Enum(['Succeeded', 'Failed'], { type: 'string', description: 'How it ended.' }),
    changed: Type.Integer({ description: 'Objects that were created or changed.' }),
    pruned: Type.Integer({ description: 'Objects that were deleted.' }),
    failed: Type.Integer({ description: 'Objects that were refused.' }),
  },
  { description: 'One sync that ended.' },
);

/** What Plumbline did for an Application, and what it found. */
export const statusSchema = Type.Object(
  {
    observedGeneration: Type.Optional(Type.Integer({ description: 'The generation that the status speaks of.' })),
    revision: Type.Optional(
      Type.String({
        description:
          'Full id of the commit that the last finished sync applied; of the first source where there are several. A later commit that changes nothing of what the Application reads does not move it.',
      }),
    ),
    revisions: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Full id of the commit of each source, in their order, where there are several.',
      }),
    ),
    digest: Type.Optional(Type.String({ description: 'SHA-256 of the rendered objects that were applied.' })),
    fingerprint: Type.Optional(
      Type.String({
        description:
          'SHA-256 over the fields that Plumbline owns in all objects, as they were after the sync: a restart proves by it, without a call, that nothing drifted.',
      }),
    ),
    synced: Type.Optional(
      Type.Object(
        {
          at: Type.String({ format: 'date-time', description: 'When the last sync ended.' }),
          by: Type.String({ description: 'What asked for it: automated, drift, manual or rollback.' }),
          objects: Type.Integer({ description: 'Objects of the Application.' }),
          failed: Type.Integer({ description: 'Objects that were refused.' }),
        },
        { description: 'The last sync that ended.' },
      ),
    ),
    health: Type.Optional(
      Type.Enum(['Healthy', 'Progressing', 'Degraded', 'Suspended', 'Missing', 'Unknown'], {
        type: 'string',
        description: 'The worst health of its objects.',
      }),
    ),
    drift: Type.Optional(
      Type.Object(
        { objects: Type.Integer({ description: 'Objects that are not as Git says.' }) },
        { description: 'What differs from Git.' },
      ),
    ),
    capture: Type.Optional(
      Type.Object(
        {
          state: Type.Enum(['Waiting', 'Writing', 'Committed', 'PullRequestOpen', 'Refused'], {
            type: 'string',
            description: 'Where it is: in the quiet period, on its way, in the branch, proposed, or not captured.',
          }),
          at: Type.String({ format: 'date-time', description: 'Since when.' }),
          commit: Type.Optional(Type.String({ description: 'Full id of the commit that holds the change.' })),
          pullRequest: Type.Optional(
            Type.String({ description: 'Where people see the pull request that proposes it.' }),
          ),
          message: Type.String({ maxLength: 8192, description: 'What is captured, or why not.' }),
          proposed: Type.Optional(
            Type.Object(
              {
                operation: Type.String({ description: 'The Operation that its branch is called after.' }),
                commit: Type.String({ description: 'Full id of the commit that the branch was left at.' }),
                number: Type.Integer({ description: 'Number of the pull request.' }),
              },
              { description: 'What was proposed last: while that is open, what is captured next is added to it.' },
            ),
          ),
          taken: Type.Optional(
            Type.String({
              maxLength: 131072,
              description:
                'What was taken from the cluster and put back there, until Git has it: a restart goes on with it.',
            }),
          ),
        },
        { description: 'The last drift that was to become a commit.' },
      ),
    ),
    operation: Type.Optional(
      Type.Object(
        {
          id: Type.String({ description: 'Names the sync; its hooks carry it as a label.' }),
          digest: Type.String({ description: 'SHA-256 of what it syncs.' }),
          by: Type.String({ description: 'What asked for it.' }),
          startedAt: Type.String({ format: 'date-time', description: 'When it began.' }),
          phase: Type.String({ description: 'The phase whose hooks run, or ran last.' }),
          first: Type.Boolean({ description: 'Whether the Application was never synced before.' }),
          done: Type.Array(Type.String(), { description: 'The hooks that have ended, each as a short hash and how.' }),
          failure: Type.Optional(Type.String({ maxLength: 1024, description: 'Why it has failed.' })),
        },
        { description: 'A sync with hooks that is under way: a restart goes on with it, and runs no hook twice.' },
      ),
    ),
    handledRequest: Type.Optional(
      Type.String({ description: 'The value of the annotation `plumbline.dev/requestedAt` that was last acted on.' }),
    ),
    handledSyncRequest: Type.Optional(
      Type.String({
        description: 'The value of the annotation `plumbline.dev/syncRequestedAt` that was last acted on.',
      }),
    ),
    history: Type.Optional(Type.Array(historySchema, { description: 'The last 20 syncs, the newest first.' })),
    conditions: Type.Optional(conditionsSchema),
  },
  { description: 'What was done and what was found.' },
);

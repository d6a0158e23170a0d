import { Type } from 'typebox';
import { conditionsSchema } from './condition.ts';
import { driftChangeSchema, driftStatusSchema } from './drift-status.ts';

/** One sync that ended. */
export const historySchema = Type.Object(
  {
    revision: Type.String({ description: 'Full id of the commit; of the first source where there are several.' }),
    revisions: Type.Optional(
      Type.Array(Type.String(), { description: 'That of each source, in their order, where there are several.' }),
    ),
    at: Type.String({ format: 'date-time', description: 'When the sync ended.' }),
    by: Type.String({ description: 'What asked for it: automated, drift, manual or rollback.' }),
    requestedBy: Type.Optional(
      Type.String({
        description: 'Who asked for it, or for the rollback that it keeps; left out where that is not proved.',
      }),
    ),
    outcome: Type.Enum(['Succeeded', 'Failed', 'Stopped'], { type: 'string', description: 'How it ended.' }),
    stoppedBy: Type.Optional(Type.String({ description: 'Who stopped it; left out where that is not proved.' })),
    changed: Type.Integer({ description: 'Objects that were created or changed.' }),
    recreated: Type.Optional(
      Type.Integer({ description: 'Those of them that were deleted and made anew; left out where there are none.' }),
    ),
    pruned: Type.Integer({ description: 'Objects that were deleted.' }),
    failed: Type.Integer({ description: 'Objects that were refused.' }),
    drift: Type.Optional(
      Type.Array(driftChangeSchema, { description: 'Who had changed what was put back, for up to three objects.' }),
    ),
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
    unsettled: Type.Optional(
      Type.Boolean({
        description:
          'True while a sync of something else than `digest` tells of has begun to change objects, and none has come to its end since: what differs is not taken for drift then.',
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
    drift: Type.Optional(driftStatusSchema),
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
    retry: Type.Optional(
      Type.Object(
        {
          digest: Type.String({ description: 'SHA-256 of what could not be synced.' }),
          generation: Type.Integer({ description: 'The generation of the Application that failed.' }),
          attempts: Type.Integer({ description: 'How often it has failed in a row.' }),
          left: Type.Integer({ description: 'The least objects that an attempt has left undone.' }),
          message: Type.String({ maxLength: 1024, description: 'Why the last attempt failed.' }),
        },
        { description: 'How often a sync has failed, where `spec.sync.retry` has a limit.' },
      ),
    ),
    stopped: Type.Optional(
      Type.Object(
        {
          digest: Type.String({ description: 'SHA-256 of what was being synced.' }),
          generation: Type.Integer({ description: 'The generation of the Application that was being synced.' }),
          at: Type.String({ format: 'date-time', description: 'When it was stopped.' }),
          by: Type.Optional(Type.String({ description: 'Who stopped it, where that is known.' })),
        },
        { description: 'A sync that somebody stopped: the same is not begun again by itself.' },
      ),
    ),
    window: Type.Optional(
      Type.Object(
        {
          open: Type.Boolean({ description: 'Whether a sync may begin by itself now.' }),
          manual: Type.Boolean({ description: 'Whether somebody may sync by hand now.' }),
          changesAt: Type.Optional(
            Type.String({
              format: 'date-time',
              description: 'When that changes; missing where no change is in sight.',
            }),
          ),
        },
        { description: 'What `spec.sync.windows` let happen.' },
      ),
    ),
    request: Type.Optional(
      Type.Object(
        {
          id: Type.String({ description: 'The id of the request.' }),
          action: Type.Enum(['Sync', 'Stop', 'Unknown'], { type: 'string', description: 'What was asked for.' }),
          by: Type.Optional(Type.String({ description: 'Who asked; left out where that is not proved.' })),
          at: Type.String({ format: 'date-time', description: 'When it was answered.' }),
          outcome: Type.Enum(['Succeeded', 'Failed', 'Refused'], { type: 'string', description: 'What came of it.' }),
          message: Type.String({ maxLength: 4096, description: 'What was done, or why not.' }),
        },
        { description: 'The last request of the annotation `plumbline.dev/syncRequestedAt` that was answered.' },
      ),
    ),
    approval: Type.Optional(
      Type.Object(
        {
          token: Type.String({
            description: 'Approves exactly these: the value for the annotation `plumbline.dev/approvePrune`.',
          }),
          of: Type.Optional(
            Type.String({
              description:
                'Stands for these objects, with five characters for each: once they are approved, what is left of them goes also after a restart.',
            }),
          ),
          since: Type.String({ format: 'date-time', description: 'Since when exactly these wait.' }),
          objects: Type.Integer({ description: 'How many objects wait to be deleted.' }),
          reason: Type.Enum(['Confirm', 'Limit'], {
            type: 'string',
            description: 'Whether annotations of the objects ask for it, or there are more than `pruneLimit` lets go.',
          }),
        },
        { description: 'Deletions that wait for approval: `plumb approve` shows and approves them.' },
      ),
    ),
    deleteHooks: Type.Optional(
      Type.Array(Type.Enum(['PreDelete', 'PostDelete'], { type: 'string' }), {
        description:
          'The phases in which hooks run when the Application is deleted with its objects; without any, no source is read then.',
      }),
    ),
    hold: Type.Optional(
      Type.Object(
        {
          revision: Type.String({
            description: 'Full id of the commit that it is held at; of several sources with commas between them.',
          }),
          from: Type.Array(Type.String(), {
            description: 'Full id of the newest commit of each source when the hold began: it ends when Git moves on.',
          }),
          since: Type.String({ format: 'date-time', description: 'When it began.' }),
        },
        { description: 'The rollback that holds the Application.' },
      ),
    ),
    handledRequest: Type.Optional(
      Type.String({ description: 'The value of the annotation `plumbline.dev/requestedAt` that was last acted on.' }),
    ),
    handledSyncRequest: Type.Optional(
      Type.String({
        description:
          'The annotation `plumbline.dev/syncRequestedAt` that was last acted on: its value, or the `id` in it where that is JSON.',
      }),
    ),
    history: Type.Optional(Type.Array(historySchema, { description: 'The last 20 syncs, the newest first.' })),
    conditions: Type.Optional(conditionsSchema),
  },
  { description: 'What was done and what was found.' },
);

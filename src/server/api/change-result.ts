import { type Static, Type } from 'typebox';
import type { ChangeResult } from '../../controller/index.ts';
import { hintFor } from '../../errors.ts';

const objectResult = Type.Object(
  {
    group: Type.String({ description: 'API group, empty for the core group.' }),
    kind: Type.String({ description: 'Kind.' }),
    name: Type.String({ description: 'Name.' }),
    change: Type.Enum(['created', 'changed', 'deleted', 'unchanged'], {
      type: 'string',
      description: 'What became of it.',
    }),
  },
  { description: 'One object.' },
);

const syncProblem = Type.Object(
  {
    code: Type.String({ description: 'Stable code of the error.' }),
    message: Type.String({ description: 'What happened.' }),
    hint: Type.String({ description: 'What to do about it.' }),
  },
  { description: 'Why the cluster could not take it.' },
);

/** What became of a change of objects. */
export const changeResultSchema = Type.Object(
  {
    operation: Type.Optional(
      Type.String({ description: 'Name of the Operation in the namespace; none where it was only tried.' }),
    ),
    state: Type.Enum(['Pending', 'Committed', 'PullRequestOpen', 'Applied', 'Unchanged', 'Failed', 'Tried'], {
      type: 'string',
      description:
        'Under way; in the branch; proposed; in the cluster, without Git; as it was asked for already; not done; or only tried.',
    }),
    commit: Type.Optional(Type.String({ description: 'Full id of the commit that has the change.' })),
    pullRequest: Type.Optional(
      Type.Object(
        {
          number: Type.Integer({ description: 'Its number at the forge.' }),
          link: Type.String({ description: 'Where people see it.' }),
        },
        { description: 'The pull request that proposes the change.' },
      ),
    ),
    objects: Type.Optional(
      Type.Array(objectResult, { description: 'What became of each object; none where it was done before.' }),
    ),
    warnings: Type.Array(Type.String(), { description: 'What the API server warned of.' }),
    sync: Type.Optional(
      Type.Object(
        {
          state: Type.Enum(['synced', 'failed', 'waiting'], {
            type: 'string',
            description: 'The cluster has it; it could not take it; or it has it not yet, and the time is over.',
          }),
          revision: Type.Optional(Type.String({ description: 'The commit that the cluster has.' })),
          message: Type.Optional(Type.String({ description: 'What is waited for.' })),
          problems: Type.Optional(Type.Array(syncProblem, { description: 'Why it failed.' })),
        },
        { description: 'What became of it in the cluster, where that was waited for.' },
      ),
    ),
  },
  { $id: 'ChangeResult', description: 'What became of a change of objects.' },
);

/** The answer to a change: the content of objects is not repeated. */
export function changeAnswer({ operation, objects, sync, ...result }: ChangeResult): Static<typeof changeResultSchema> {
  return {
    ...result,
    warnings: [...result.warnings],
    ...(operation === undefined ? {} : { operation }),
    ...(objects === undefined
      ? {}
      : { objects: objects.map(({ key: { group, kind, name }, change }) => ({ group, kind, name, change })) }),
    ...(sync === undefined ? {} : { sync: syncAnswer(sync) }),
  };
}

function syncAnswer(sync: NonNullable<ChangeResult['sync']>): NonNullable<Static<typeof changeResultSchema>['sync']> {
  if (sync.state !== 'failed') return sync;
  const problems = sync.problems.map((problem) => ({
    code: problem.code,
    message: problem.message,
    hint: hintFor(problem),
  }));
  return { state: 'failed', problems };
}

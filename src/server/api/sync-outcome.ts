import { type Static, Type } from 'typebox';
import type { SyncOutcome } from '../../controller/index.ts';
import { problemSchema } from './schemas.ts';

/** Whether a commit is followed to the cluster. */
export const waitQuery = Type.Optional(
  Type.Enum(['synced'], {
    type: 'string',
    description: 'Answer when the cluster has the commit, or it is known that it will not, or after two minutes.',
  }),
);

/** What became of a commit in the cluster. */
export const syncOutcome = Type.Object(
  {
    state: Type.Enum(['synced', 'failed', 'waiting'], {
      type: 'string',
      description: '`waiting`: it was given up to wait.',
    }),
    revision: Type.Optional(Type.String({ description: 'The commit that the cluster has: this or a later one.' })),
    message: Type.Optional(Type.String({ description: 'What it waits for.' })),
    problems: Type.Optional(Type.Array(problemSchema, { description: 'Why it failed.' })),
  },
  { description: 'What became of the commit in the cluster, where that was waited for.' },
);

/** What became of a commit in the cluster, as it is answered. */
export function syncAnswerOf(sync: SyncOutcome): Static<typeof syncOutcome> {
  return sync.state === 'failed'
    ? { state: sync.state, problems: sync.problems.map((each) => ({ ...each })) }
    : { ...sync };
}

import { type Static, Type } from 'typebox';
import type { AppChangeResult } from '../../controller/index.ts';
import { viewDiff } from '../../writeback/index.ts';
import { changeAnswer, changeAnswerOf } from './change-answer.ts';
import { fileDiff } from './past-schemas.ts';

/** What became of a change of objects of an Application. */
export const appChangeAnswer = Type.Object(
  {
    ...changeAnswer.properties,
    repository: Type.Optional(
      Type.String({ description: 'URL of the repository; missing where the same request was sent before.' }),
    ),
    branch: Type.Optional(Type.String({ description: 'The branch that it is written to.' })),
    base: Type.Optional(
      Type.String({
        description:
          'The commit that it was made upon when it was asked for; in quotes it is an `If-Match` to go on from.',
      }),
    ),
    explanation: Type.Optional(
      Type.String({
        description: 'Which file, field or value it was written to, in words: `sets replicas in prod.yaml`.',
      }),
    ),
    diffs: Type.Optional(Type.Array(fileDiff, { description: 'What changes, as it was when it was asked for.' })),
  },
  { $id: 'ApplicationChange', description: 'What became of a change of objects of an Application.' },
);

/** What became of it, as it is answered. */
export function appChangeAnswerOf(result: AppChangeResult): Static<typeof appChangeAnswer> {
  const { repository, branch, base, explanation, diffs, ...rest } = result;
  return {
    ...changeAnswerOf(rest),
    ...(repository === undefined ? {} : { repository }),
    ...(branch === undefined ? {} : { branch }),
    ...(base === undefined ? {} : { base }),
    ...(explanation === undefined ? {} : { explanation }),
    ...(diffs === undefined ? {} : { diffs: diffs.map(viewDiff) }),
  };
}

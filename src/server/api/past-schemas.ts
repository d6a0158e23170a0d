import { type Static, Type } from 'typebox';
import type { BackResult } from '../../controller/index.ts';
import { viewDiff } from '../../writeback/index.ts';
import { syncAnswerOf, syncOutcome } from './sync-outcome.ts';

const changeType = Type.Enum(['added', 'removed', 'modified', 'renamed'], {
  type: 'string',
  description: 'What became of the file.',
});
const link = Type.Optional(Type.String({ description: 'The page of the forge, where one is known.' }));

const touchedFile = Type.Object(
  {
    fileName: Type.String({ description: 'Path in the repository.' }),
    previousFileName: Type.Optional(Type.String({ description: 'The path before, where it was renamed.' })),
    changeType,
    link,
  },
  { $id: 'TouchedFile', description: 'A file that a commit touched.' },
);

const signatureSchema = Type.Object(
  {
    grade: Type.Enum(['G', 'B', 'U', 'X', 'Y', 'R', 'E', 'N'], {
      type: 'string',
      description:
        "Git's own letter: `G` good, `B` bad, `U` by a key that was not given, `X` expired, `Y` by a key that has expired, `R` by one that was revoked, `E` it cannot be told, `N` not signed.",
    }),
    key: Type.Optional(Type.String({ description: 'Fingerprint of the key.' })),
    signer: Type.Optional(Type.String({ description: 'Whose the key is.' })),
    detail: Type.Optional(Type.String({ description: 'More than the letter tells.' })),
  },
  { $id: 'CommitSignature', description: 'What Git says of the signature, by the keys that the Repository names.' },
);

/** One entry of an audit log. */
export const auditEntry = Type.Object(
  {
    hash: Type.String({ description: 'Full id of the commit.' }),
    parents: Type.Array(Type.String(), { description: 'Full ids of the commits before it.' }),
    authorName: Type.String({
      description: 'Author of the commit: the service account, for a change through Plumbline.',
    }),
    authorEmail: Type.String({ description: 'Address of the author.' }),
    authorWhen: Type.String({ format: 'date-time', description: 'When it was written, RFC 3339.' }),
    committerName: Type.String({ description: 'Committer of the commit.' }),
    committerEmail: Type.String({ description: 'Address of the committer.' }),
    committerWhen: Type.String({ format: 'date-time', description: 'When it was committed, RFC 3339.' }),
    action: Type.Optional(
      Type.String({
        description: 'What was done: `update`, `Canary promoted`. Missing where the commit does not say so.',
      }),
    ),
    message: Type.String({ description: 'Why, in the words of whoever did it; of a commit by a person, its subject.' }),
    user: Type.Optional(Type.String({ description: 'Name of the user who was signed in, as the commit says it.' })),
    userEmail: Type.Optional(Type.String({ description: 'Address of that user.' })),
    files: Type.Array(touchedFile, { description: 'Those that were asked about.' }),
    link,
    signature: Type.Optional(signatureSchema),
  },
  { $id: 'AuditEntry', description: 'A commit that touched what was asked about.' },
);

/** A diff of one file. */
export const fileDiff = Type.Object(
  {
    fileName: Type.String({ description: 'Path in the repository.' }),
    previousFileName: Type.Optional(Type.String({ description: 'The path before, where it was renamed.' })),
    changeType,
    diff: Type.String({ description: 'A unified diff. Never a value of a Secret; empty where nothing can be shown.' }),
    note: Type.Optional(Type.String({ description: 'Why the diff does not show all of it.' })),
    link,
  },
  { $id: 'FileDiff', description: 'What became of a file.' },
);

/** What a restore or a revert came to. */
export const backAnswer = Type.Object(
  {
    state: Type.Enum(['Tried', 'Pending', 'Committed', 'PullRequestOpen', 'Applied', 'Unchanged', 'Failed'], {
      type: 'string',
      description: 'In the branch, proposed, or only tried.',
    }),
    hash: Type.Optional(Type.String({ description: 'Full id of the new commit.' })),
    operation: Type.Optional(
      Type.String({ description: 'Name of the Operation in the namespace, which tells what became of it.' }),
    ),
    pullRequest: Type.Optional(
      Type.Object(
        {
          number: Type.Integer({ description: 'Its number at the forge.' }),
          link: Type.String({ description: 'Where people see it.' }),
        },
        { description: 'The pull request that proposes it.' },
      ),
    ),
    diffs: Type.Array(fileDiff, { description: 'What changes, as it was when it was asked for.' }),
    warnings: Type.Array(Type.String(), { description: 'What the API server warned of.' }),
    sync: Type.Optional(syncOutcome),
  },
  { $id: 'WayBack', description: 'What a restore or a revert came to.' },
);

/** What a restore or a revert came to, as it is answered. */
export function backAnswerOf(result: BackResult): Static<typeof backAnswer> {
  const { state, commit, operation, pullRequest, diffs = [], warnings, sync } = result;
  return {
    state,
    ...(commit === undefined ? {} : { hash: commit }),
    ...(operation === undefined ? {} : { operation }),
    ...(pullRequest === undefined ? {} : { pullRequest: { ...pullRequest } }),
    diffs: diffs.map(viewDiff),
    warnings: [...warnings],
    ...(sync === undefined ? {} : { sync: syncAnswerOf(sync) }),
  };
}

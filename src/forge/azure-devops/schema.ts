import { Type, type Static, type TSchema } from 'typebox';

/** What is read of the answers of Azure DevOps; https://learn.microsoft.com/rest/api/azure/devops/git/ lists all that they hold. */
const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);

const identity = Type.Object({ uniqueName: Type.Optional(Type.String()), displayName: Type.Optional(Type.String()) });

/** Somebody with an account, or a group. */
export type AzureIdentity = Static<typeof identity>;

const commit = Type.Optional(nullable(Type.Object({ commitId: Type.String() })));

const labels = Type.Optional(
  nullable(Type.Array(Type.Object({ name: Type.String(), active: Type.Optional(Type.Boolean()) }))),
);

export const pullRequestSchema = Type.Object({
  pullRequestId: Type.Integer(),
  title: Type.String(),
  description: Type.Optional(nullable(Type.String())),
  status: Type.String(),
  isDraft: Type.Optional(Type.Boolean()),
  createdBy: identity,
  creationDate: Type.String(),
  closedDate: Type.Optional(nullable(Type.String())),
  sourceRefName: Type.String(),
  targetRefName: Type.String(),
  mergeStatus: Type.Optional(Type.String()),
  mergeFailureMessage: Type.Optional(nullable(Type.String())),
  lastMergeSourceCommit: commit,
  lastMergeTargetCommit: commit,
  lastMergeCommit: commit,
  forkSource: Type.Optional(Type.Unknown()),
  labels,
});

/** A pull request as Azure DevOps writes it. */
export type AzurePullRequest = Static<typeof pullRequestSchema>;

/** A list. */
const listOf = <S extends TSchema>(item: S) => Type.Object({ value: Type.Array(item) });

export const pullRequestsSchema = listOf(pullRequestSchema);

export const statusSchema = Type.Object({
  state: Type.Optional(Type.String()),
  description: Type.Optional(nullable(Type.String())),
  targetUrl: Type.Optional(nullable(Type.String())),
  context: Type.Object({ name: Type.String(), genre: Type.Optional(nullable(Type.String())) }),
});

export const statusesSchema = listOf(statusSchema);

const comment = Type.Object({
  id: Type.Integer(),
  content: Type.Optional(nullable(Type.String())),
  commentType: Type.Optional(Type.String()),
  isDeleted: Type.Optional(Type.Boolean()),
});

export const commentSchema = comment;

export const threadSchema = Type.Object({
  id: Type.Integer(),
  isDeleted: Type.Optional(Type.Boolean()),
  comments: Type.Optional(nullable(Type.Array(comment))),
});

export const threadsSchema = listOf(threadSchema);

export const labelSchema = Type.Object({ id: Type.String(), name: Type.String() });

export const labelsSchema = listOf(labelSchema);

export const reviewersSchema = listOf(
  Type.Object({
    uniqueName: Type.Optional(Type.String()),
    displayName: Type.Optional(Type.String()),
    vote: Type.Integer(),
    isContainer: Type.Optional(Type.Boolean()),
  }),
);

export const iterationsSchema = listOf(Type.Object({ id: Type.Integer(), sourceRefCommit: commit }));

export const changesSchema = Type.Object({
  changeEntries: Type.Array(
    Type.Object({
      originalPath: Type.Optional(nullable(Type.String())),
      item: Type.Object({
        path: Type.Optional(nullable(Type.String())),
        isFolder: Type.Optional(Type.Boolean()),
      }),
    }),
  ),
  nextSkip: Type.Optional(Type.Integer()),
  nextTop: Type.Optional(Type.Integer()),
});

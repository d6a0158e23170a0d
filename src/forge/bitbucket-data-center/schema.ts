import { Type, type Static, type TSchema } from 'typebox';

/** What is read of the answers of Bitbucket Data Center; https://developer.atlassian.com/server/bitbucket/rest/ lists all that they hold. */
const user = Type.Object({ name: Type.String() });

const participant = Type.Object({
  user,
  status: Type.Optional(Type.String()),
  lastReviewedCommit: Type.Optional(Type.String()),
});

const ref = Type.Object({
  id: Type.String(),
  displayId: Type.String(),
  latestCommit: Type.String(),
  repository: Type.Object({
    id: Type.Integer(),
    slug: Type.String(),
    project: Type.Object({ key: Type.String() }),
  }),
});

export const pullRequestSchema = Type.Object({
  id: Type.Integer(),
  version: Type.Integer(),
  title: Type.String(),
  description: Type.Optional(Type.String()),
  state: Type.String(),
  draft: Type.Optional(Type.Boolean()),
  updatedDate: Type.Integer(),
  fromRef: ref,
  toRef: ref,
  author: participant,
  reviewers: Type.Array(participant),
  participants: Type.Optional(Type.Array(participant)),
  properties: Type.Optional(
    Type.Object({ mergeCommit: Type.Optional(Type.Object({ id: Type.Optional(Type.String()) })) }),
  ),
});

/** A pull request as Bitbucket Data Center writes it. */
export type BitbucketPullRequest = Static<typeof pullRequestSchema>;

/** One page of a list. */
const pageOf = <S extends TSchema>(item: S) =>
  Type.Object({
    values: Type.Array(item),
    isLastPage: Type.Boolean(),
    nextPageStart: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
  });

export const pullRequestsSchema = pageOf(pullRequestSchema);

export const buildsSchema = pageOf(
  Type.Object({
    key: Type.String(),
    state: Type.String(),
    url: Type.Optional(Type.String()),
    description: Type.Optional(Type.String()),
  }),
);

const comment = Type.Object({ id: Type.Integer(), version: Type.Integer(), text: Type.String() });

export const commentSchema = comment;

/** Of the many kinds of activities only comments have one. */
export const activitiesSchema = pageOf(
  Type.Object({
    action: Type.String(),
    commentAction: Type.Optional(Type.String()),
    comment: Type.Optional(comment),
  }),
);

const path = Type.Object({ components: Type.Array(Type.String()) });

export const changesSchema = pageOf(Type.Object({ path, srcPath: Type.Optional(path) }));

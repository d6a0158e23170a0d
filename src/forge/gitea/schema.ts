import { Type, type Static } from 'typebox';

/** What is read of Gitea's answers; https://docs.gitea.com/api lists all that they hold. */
const user = Type.Union([Type.Object({ login: Type.String() }), Type.Null()]);

export const labelSchema = Type.Object({ id: Type.Integer(), name: Type.String() });

export const labelsSchema = Type.Array(labelSchema);

const branch = Type.Object({
  ref: Type.String(),
  sha: Type.String(),
  repo_id: Type.Integer(),
});

export const pullRequestSchema = Type.Object({
  number: Type.Integer(),
  title: Type.String(),
  body: Type.String(),
  state: Type.String(),
  draft: Type.Optional(Type.Boolean()),
  merged: Type.Boolean(),
  merge_commit_sha: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  user,
  labels: Type.Union([labelsSchema, Type.Null()]),
  head: branch,
  base: branch,
  html_url: Type.String(),
  updated_at: Type.String(),
});

export const pullRequestsSchema = Type.Array(pullRequestSchema);

/** A pull request as Gitea writes it. */
export type GiteaPullRequest = Static<typeof pullRequestSchema>;

export const combinedStatusSchema = Type.Object({
  statuses: Type.Union([
    Type.Array(
      Type.Object({
        context: Type.String(),
        status: Type.String(),
        description: Type.String(),
        target_url: Type.String(),
      }),
    ),
    Type.Null(),
  ]),
});

/** Who calls, and who wrote something. */
export const accountSchema = Type.Object({ id: Type.Integer() });

export const commentsSchema = Type.Array(
  Type.Object({ id: Type.Integer(), body: Type.String(), user: Type.Union([accountSchema, Type.Null()]) }),
);

export const reviewsSchema = Type.Array(
  Type.Object({
    state: Type.String(),
    commit_id: Type.String(),
    dismissed: Type.Boolean(),
    user,
  }),
);

export const filesSchema = Type.Array(
  Type.Object({ filename: Type.String(), previous_filename: Type.Optional(Type.String()) }),
);

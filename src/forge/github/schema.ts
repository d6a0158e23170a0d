import { Type, type Static } from 'typebox';

/** What is read of GitHub's answers; https://docs.github.com/rest lists all that they hold. */
const nullableText = Type.Union([Type.String(), Type.Null()]);
const user = Type.Union([Type.Object({ login: Type.String() }), Type.Null()]);

export const labelsSchema = Type.Array(Type.Object({ name: Type.String() }));

const branch = Type.Object({
  ref: Type.String(),
  sha: Type.String(),
  // None where a fork was deleted.
  repo: Type.Union([Type.Object({ id: Type.Integer() }), Type.Null()]),
});

export const pullRequestSchema = Type.Object({
  number: Type.Integer(),
  title: Type.String(),
  body: nullableText,
  state: Type.String(),
  draft: Type.Optional(Type.Boolean()),
  merged_at: nullableText,
  user,
  labels: labelsSchema,
  head: branch,
  base: branch,
  html_url: Type.String(),
  updated_at: Type.String(),
});

export const pullRequestsSchema = Type.Array(pullRequestSchema);

/** A pull request as GitHub writes it. */
export type GitHubPullRequest = Static<typeof pullRequestSchema>;

export const mergedSchema = Type.Object({ sha: Type.String() });

export const combinedStatusSchema = Type.Object({
  statuses: Type.Array(
    Type.Object({
      context: Type.String(),
      state: Type.String(),
      description: nullableText,
      target_url: nullableText,
    }),
  ),
});

/** Who calls, and who wrote something. */
export const accountSchema = Type.Object({ id: Type.Integer() });

export const commentsSchema = Type.Array(
  Type.Object({
    id: Type.Integer(),
    body: Type.Optional(nullableText),
    // None where the account was deleted.
    user: Type.Optional(Type.Union([accountSchema, Type.Null()])),
    performed_via_github_app: Type.Optional(
      Type.Union([Type.Object({ id: Type.Integer(), client_id: Type.Optional(Type.String()) }), Type.Null()]),
    ),
  }),
);

/** A comment as it is read. */
export type CommentAnswer = Static<typeof commentsSchema>[number];

export const reviewsSchema = Type.Array(
  Type.Object({ state: Type.String(), commit_id: Type.Optional(nullableText), user }),
);

export const filesSchema = Type.Array(
  Type.Object({ filename: Type.String(), previous_filename: Type.Optional(Type.String()) }),
);

export const installationSchema = Type.Object({ id: Type.Integer() });

export const tokenSchema = Type.Object({ token: Type.String({ minLength: 1 }), expires_at: Type.String() });

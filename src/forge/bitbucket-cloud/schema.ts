import { Type, type Static, type TSchema } from 'typebox';

/** What is read of the answers of Bitbucket Cloud; https://developer.atlassian.com/cloud/bitbucket/rest/ lists all that they hold. */
const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);

const account = Type.Object({ uuid: Type.Optional(Type.String()), account_id: Type.Optional(Type.String()) });

/** Somebody with an account. */
export type BitbucketAccount = Static<typeof account>;

const endpoint = Type.Object({
  branch: Type.Object({ name: Type.String() }),
  commit: Type.Optional(nullable(Type.Object({ hash: Type.String() }))),
  repository: Type.Optional(nullable(Type.Object({ full_name: Type.String() }))),
});

export const pullRequestSchema = Type.Object({
  id: Type.Integer(),
  title: Type.String(),
  description: Type.Optional(nullable(Type.String())),
  state: Type.String(),
  draft: Type.Optional(Type.Boolean()),
  author: Type.Optional(nullable(account)),
  source: endpoint,
  destination: endpoint,
  merge_commit: Type.Optional(nullable(Type.Object({ hash: Type.String() }))),
  // Lists leave these two out.
  reviewers: Type.Optional(Type.Array(account)),
  participants: Type.Optional(
    Type.Array(Type.Object({ user: Type.Optional(nullable(account)), state: Type.Optional(nullable(Type.String())) })),
  ),
  updated_on: Type.String(),
});

/** A pull request as Bitbucket Cloud writes it. */
export type BitbucketPullRequest = Static<typeof pullRequestSchema>;

/** One page of a list. */
const pageOf = <S extends TSchema>(item: S) =>
  Type.Object({ values: Type.Array(item), next: Type.Optional(Type.String()) });

export const pullRequestsSchema = pageOf(pullRequestSchema);

export const commitSchema = Type.Object({ hash: Type.String() });

export const commitsSchema = pageOf(commitSchema);

export const statusesSchema = pageOf(
  Type.Object({
    key: Type.String(),
    name: Type.Optional(nullable(Type.String())),
    state: Type.String(),
    description: Type.Optional(nullable(Type.String())),
    url: Type.Optional(nullable(Type.String())),
  }),
);

export const commentsSchema = pageOf(
  Type.Object({
    id: Type.Integer(),
    content: Type.Optional(nullable(Type.Object({ raw: Type.Optional(nullable(Type.String())) }))),
    deleted: Type.Optional(Type.Boolean()),
  }),
);

const file = Type.Optional(nullable(Type.Object({ path: Type.String() })));

export const diffstatSchema = pageOf(Type.Object({ old: file, new: file }));

import { Type, type Static, type TSchema } from 'typebox';

/** What is read of GitLab's answers; https://docs.gitlab.com/api/merge_requests/ and its neighbours list all that they hold. */
const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);

const user = Type.Object({ username: Type.String() });

export const mergeRequestSchema = Type.Object({
  iid: Type.Integer(),
  title: Type.String(),
  description: nullable(Type.String()),
  state: Type.String(),
  draft: Type.Optional(Type.Boolean()),
  work_in_progress: Type.Optional(Type.Boolean()),
  author: user,
  source_branch: Type.String(),
  target_branch: Type.String(),
  source_project_id: nullable(Type.Integer()),
  target_project_id: Type.Integer(),
  sha: nullable(Type.String()),
  merge_commit_sha: Type.Optional(nullable(Type.String())),
  squash_commit_sha: Type.Optional(nullable(Type.String())),
  detailed_merge_status: Type.Optional(Type.String()),
  merge_status: Type.Optional(Type.String()),
  changes_count: Type.Optional(nullable(Type.String())),
  labels: Type.Array(Type.String()),
  web_url: Type.String(),
  updated_at: Type.String(),
});

export const mergeRequestsSchema = Type.Array(mergeRequestSchema);

/** A merge request as GitLab writes it. */
export type GitLabMergeRequest = Static<typeof mergeRequestSchema>;

export const projectSchema = Type.Object({ merge_method: Type.Optional(Type.String()) });

export const statusesSchema = Type.Array(
  Type.Object({
    id: Type.Integer(),
    name: Type.String(),
    status: Type.String(),
    description: nullable(Type.String()),
    target_url: nullable(Type.String()),
  }),
);

export const ownUserSchema = Type.Object({ id: Type.Integer() });

export const notesSchema = Type.Array(
  Type.Object({
    id: Type.Integer(),
    body: Type.String(),
    system: Type.Boolean(),
    author: Type.Object({ id: Type.Integer() }),
  }),
);

export const approvalsSchema = Type.Object({ approved_by: Type.Array(Type.Object({ user })) });

export const reviewersSchema = Type.Array(Type.Object({ user, state: Type.String() }));

export const diffsSchema = Type.Array(Type.Object({ old_path: Type.String(), new_path: Type.String() }));

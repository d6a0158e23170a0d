import type { ForgeCredentials } from '../credentials.ts';
import type { Call } from '../types.ts';
import type { GitHubRepository } from './repository.ts';
import { accountSchema, type CommentAnswer } from './schema.ts';

/**
 * The comments that we wrote ourselves. Who may write may also change what others wrote: a mark in somebody else's
 * comment would let that person change later what seems to be ours.
 */
export async function ownComments(
  { http }: GitHubRepository,
  credentials: ForgeCredentials | undefined,
  comments: readonly CommentAnswer[],
  { signal }: Call,
): Promise<readonly CommentAnswer[]> {
  if (comments.length === 0) return [];
  if (credentials?.kind === 'github-app') {
    const { appId } = credentials;
    return comments.filter(({ performed_via_github_app: app }) => [String(app?.id), app?.client_id].includes(appId));
  }
  const me = await http.call({ path: '/user', schema: accountSchema, what: 'asking who calls', signal });
  return comments.filter(({ user }) => user?.id === me.body.id);
}

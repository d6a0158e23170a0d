import { putMarkedComment } from '../put-comment.ts';
import type { Call, MarkedComment } from '../types.ts';
import { hiddenMark } from '../words.ts';
import type { GitLabProject } from './project.ts';
import { withoutQuickActions } from './quick-actions.ts';
import { notesSchema, ownUserSchema } from './schema.ts';

/** Writes the one note that bears the mark, or changes it in place. */
export async function putComment(
  project: GitLabProject,
  number: number,
  comment: MarkedComment & { readonly limit: number },
  { signal }: Call,
): Promise<'written' | 'same'> {
  const { http, name } = project;
  const what = `commenting on merge request !${number} of ${name}`;
  const path = `${project.path}/merge_requests/${number}/notes`;
  return putMarkedComment<number>(
    {
      mark: hiddenMark(comment.mark),
      limit: comment.limit,
      async find(mark) {
        const request = { path, query: { order_by: 'created_at', sort: 'asc' }, schema: notesSchema, what, signal };
        const marked = await project.all(request, (page) =>
          page.filter(({ body, system }) => !system && body.includes(mark)),
        );
        if (marked.length === 0) return [];
        // A maintainer may change what others wrote: a mark in somebody else's note is none.
        const me = await http.call({ path: '/user', schema: ownUserSchema, what: 'asking who calls', signal });
        return marked.filter(({ author }) => author.id === me.body.id);
      },
      create: (body) => http.send({ method: 'POST', path, body: { body }, what, signal }),
      update: (id, body) => http.send({ method: 'PUT', path: `${path}/${id}`, body: { body }, what, signal }),
    },
    withoutQuickActions(comment.body),
    comment,
  );
}

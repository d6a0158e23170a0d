import { putMarkedComment } from '../put-comment.ts';
import type { Call, MarkedComment } from '../types.ts';
import { referenceMark } from '../words.ts';
import type { AzureRepository } from './repository.ts';
import { commentSchema, threadSchema, threadsSchema } from './schema.ts';

/** Writes the one comment that bears the mark, in a thread of its own, or changes it in place. */
export async function putComment(
  { http, path, name }: AzureRepository,
  number: number,
  comment: MarkedComment & { readonly limit: number },
  { signal }: Call,
): Promise<'written' | 'same'> {
  const threads = `${path}/pullRequests/${number}/threads`;
  const what = `commenting on pull request ${number} of ${name}`;
  return putMarkedComment<{ readonly thread: number; readonly comment: number }>(
    {
      mark: referenceMark(comment.mark),
      limit: comment.limit,
      async find(mark) {
        // All threads come at once.
        const { body } = await http.call({ path: threads, schema: threadsSchema, what, signal });
        return body.value.flatMap(({ id: thread, isDeleted, comments }) => {
          const [first] = isDeleted === true ? [] : (comments ?? []);
          const text = first?.content ?? '';
          const isMarked = first?.commentType !== 'system' && first?.isDeleted !== true && text.includes(mark);
          return first !== undefined && isMarked ? [{ id: { thread, comment: first.id }, body: text }] : [];
        });
      },
      async create(content) {
        await http.call({
          method: 'POST',
          path: threads,
          // Closed: a thread that is open may keep a pull request from being merged.
          body: { comments: [{ parentCommentId: 0, content, commentType: 'text' }], status: 'closed' },
          schema: threadSchema,
          what,
          signal,
        });
      },
      async update(id, content) {
        await http.call({
          method: 'PATCH',
          path: `${threads}/${id.thread}/comments/${id.comment}`,
          body: { content },
          schema: commentSchema,
          what,
          repeatable: true,
          signal,
        });
      },
    },
    comment.body,
    comment,
  );
}

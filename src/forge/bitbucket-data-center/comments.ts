import { PlumbError } from '../../errors.ts';
import { putMarkedComment } from '../put-comment.ts';
import type { Call, MarkedComment } from '../types.ts';
import { referenceMark } from '../words.ts';
import type { BitbucketRepository } from './repository.ts';
import { activitiesSchema, commentSchema } from './schema.ts';

const mostTries = 4;

/** Writes the one comment that bears the mark, or changes it in place. */
export async function putComment(
  repository: BitbucketRepository,
  number: number,
  comment: MarkedComment & { readonly limit: number },
  { signal }: Call,
): Promise<'written' | 'same'> {
  const { http, name } = repository;
  const path = `${repository.path}/pull-requests/${number}`;
  const what = `commenting on pull request ${number} of ${name}`;
  const update = async (id: number, text: string): Promise<void> => {
    for (let tries = 1; ; tries += 1) {
      const one = { path: `${path}/comments/${id}`, what, signal };
      const { version } = (await http.call({ ...one, schema: commentSchema })).body;
      try {
        // Only its author may change a comment; whoever may not gets 401, as somebody unknown does.
        await http.send({ ...one, method: 'PUT', body: { text, version }, codes: { 401: 'forge.forbidden' } });
        return;
      } catch (error) {
        if (!(error instanceof PlumbError) || error.code !== 'forge.conflict' || tries >= mostTries) throw error;
      }
    }
  };
  return putMarkedComment<number>(
    {
      mark: referenceMark(comment.mark),
      limit: comment.limit,
      find: (mark) =>
        // There is no list of comments but among all that happened, the newest first.
        repository.all({ path: `${path}/activities`, schema: activitiesSchema, what, signal }, (page) => ({
          ...page,
          items: page.values.flatMap(({ action, commentAction, comment: found }) => {
            const isNew = action === 'COMMENTED' && commentAction === 'ADDED';
            return isNew && found?.text.includes(mark) === true ? [{ id: found.id, body: found.text }] : [];
          }),
        })),
      create: (text) => http.send({ method: 'POST', path: `${path}/comments`, body: { text }, what, signal }),
      update,
    },
    comment.body,
    comment,
  );
}

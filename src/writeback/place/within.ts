import { plumbError } from '../../errors.ts';
import type { Candidate, PlaceContext } from './types.ts';

/**
 * Candidates that write nothing but what is the Application's own: files at or below its path. A link in there may lead
 * to a file that others use, and to one outside.
 */
export async function* withinOwn(
  candidates: AsyncIterable<Candidate>,
  context: PlaceContext,
): AsyncGenerator<Candidate> {
  for await (const { explanation, write } of candidates) {
    yield {
      explanation,
      async write() {
        const changes = await write();
        for (const { path } of changes) refuseForeign(path, context);
        return changes;
      },
    };
  }
}

function refuseForeign(file: string, { path, isShared }: PlaceContext): void {
  const where = { file };
  if (!isInside(file, path)) {
    throw plumbError('writeback.cannot-place', `a link leads to the file, which lies outside of ${path}`, { where });
  }
  if (isShared?.(file) === true) {
    const hint = 'Make the change in the file yourself, for all that is made of it.';
    throw plumbError('writeback.cannot-place', 'something else is made of the file as well', { where, hint });
  }
}

/** Whether a path is a folder or lies in it. */
export function isInside(path: string, folder: string): boolean {
  return folder === '.' ? !path.startsWith('../') : path === folder || path.startsWith(`${folder}/`);
}

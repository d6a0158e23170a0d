import type { Repository } from '../../api/index.ts';
import { plumbError } from '../../errors.ts';
import type { WriteMode } from './branches.ts';

/**
 * Refuses a commit that its own Repository would not accept, and that would keep every later one out as well.
 * @throws PlumbError `controller.change-refused`
 */
export function refuseUnsigned(
  { spec: { url, verify } }: Pick<Repository, 'spec'>,
  mode: WriteMode,
  signs: boolean,
): void {
  if (mode !== 'commit' || verify === undefined || signs) return;
  throw plumbError('controller.change-refused', 'the Repository accepts signed commits, and this one would not be', {
    where: { repository: url },
    hint: 'Ask for a pull request: whoever merges it signs. Or put a `signingKey` into the Secret of the Repository.',
  });
}

import { plumbError } from '../../errors.ts';
import { asCommitId, type CommitId } from '../../git/index.ts';

/** The full id of a commit. @throws PlumbError `writeback.request-invalid` */
export function parseHash(hash: string): CommitId {
  const commit = asCommitId(hash.toLowerCase());
  if (commit !== undefined) return commit;
  throw plumbError('writeback.request-invalid', `${JSON.stringify(hash.slice(0, 100))} is no full id of a commit`);
}

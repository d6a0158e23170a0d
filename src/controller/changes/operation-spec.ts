import type { Operation } from '../../api/index.ts';
import type { CheckedChange } from './check.ts';
import { requestDigest } from './check.ts';
import type { ChangeRequest } from './types.ts';

/** What is kept of a request, whatever becomes of it; never the content of an object. */
export function operationSpec(
  { user, message, ...request }: ChangeRequest,
  checked: readonly (CheckedChange & { readonly before?: string | undefined })[],
  how: Pick<Operation['spec'], 'action' | 'mode' | 'repository' | 'branch'>,
): Operation['spec'] {
  return {
    user: { username: user.username, ...(user.email === undefined ? {} : { email: user.email }) },
    ...how,
    ...(message === undefined ? {} : { message }),
    changes: checked.map(({ change, key, before }) => ({
      verb: change.verb === 'put' ? 'replace' : change.verb,
      ...(key.group === '' ? {} : { group: key.group }),
      kind: key.kind,
      name: key.name,
      ...(before === undefined ? {} : { resourceVersion: before }),
    })),
    digest: requestDigest({ user, ...(message === undefined ? {} : { message }), ...request }),
  };
}

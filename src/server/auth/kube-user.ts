import type { User } from '../../kube/index.ts';
import type { SignedIn } from './types.ts';

/** Whom to act as for somebody (`client.as`). */
export function kubeUser({ username, groups, uid, extra }: SignedIn): User {
  return {
    username,
    groups,
    ...(uid === undefined ? {} : { uid }),
    ...(extra === undefined ? {} : { extra }),
  };
}

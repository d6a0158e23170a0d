import { plumbError } from '../../errors.ts';
import type { User } from '../../kube/index.ts';
import type { SignedIn } from './types.ts';

/**
 * Whom to act as for somebody (`client.as`). The last gate before the API server believes it: names of Kubernetes
 * itself are true where the API server has told them (TokenReview), and nobody else speaks for one.
 * @throws PlumbError `auth.forbidden`
 */
export function kubeUser(signedIn: SignedIn): User {
  const { username, groups, uid, extra, how } = signedIn;
  if (username.trim() === '' || groups.some((group) => group.trim() === ''))
    throw plumbError('auth.forbidden', 'it is not said who wants to do what');
  const reserved = [username, ...groups].find((name) => /^system:/i.test(name));
  if (how !== 'token' && reserved !== undefined)
    throw plumbError('auth.forbidden', `${JSON.stringify(reserved)} is a name of Kubernetes itself`);
  return {
    username,
    groups,
    ...(uid === undefined ? {} : { uid }),
    ...(extra === undefined ? {} : { extra }),
  };
}

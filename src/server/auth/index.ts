export { createAuthenticate, type AuthenticateOptions } from './authenticate.ts';
export { createAuthorizer } from './access-review.ts';
export { kubeUser } from './kube-user.ts';
export { createTokenReviewer } from './token-review.ts';
export type { Authenticate, Authorizer, Right, SignedIn } from './types.ts';

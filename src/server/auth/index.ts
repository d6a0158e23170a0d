export { kubeUser } from './kube-user.ts';
export { type ClaimSettings, defaultClaims, defaultScopes, type OidcSettings } from './oidc/settings.ts';
export { createSignIn, type SignIn, type SignInOptions } from './sign-in.ts';
export type { Authenticate, Authorizer, Right, SignedIn } from './types.ts';

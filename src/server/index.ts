export { type AdmissionServer, startAdmissionServer } from './admission.ts';
export { type MetricsServerOptions, startMetricsServer } from './metrics.ts';
export { type Server, type ServerOptions, startServer } from './server.ts';
export { type ApiContext, type ApiApp, type RouteGroup, type Access } from './api/context.ts';
export { type ApiServer, type ApiServerOptions, startApi } from './api/start-api.ts';
export {
  type Authenticate,
  type Authorizer,
  type ClaimSettings,
  createSignIn,
  defaultClaims,
  defaultScopes,
  kubeUser,
  type OidcSettings,
  type Right,
  type SignedIn,
  type SignIn,
  type SignInOptions,
} from './auth/index.ts';
export { describeApi } from './api/describe.ts';

export { type Server, type ServerOptions, startServer } from './server.ts';
export { type ApiContext, type ApiApp, type RouteGroup, type Access } from './api/context.ts';
export { type ApiServer, type ApiServerOptions, startApi } from './api/start-api.ts';
export {
  type Authenticate,
  type AuthenticateOptions,
  type Authorizer,
  createAuthenticate,
  createAuthorizer,
  createTokenReviewer,
  kubeUser,
  type Right,
  type SignedIn,
} from './auth/index.ts';

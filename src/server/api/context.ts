import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyTypeProvider,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { Static, TSchema } from 'typebox';
import type { AskedChanges, GitOps, Log, Past, Views } from '../../controller/index.ts';
import type { ErrorCode } from '../../errors.ts';
import type { KubeClient } from '../../kube/index.ts';
import type { Authenticate, Authorizer, Right, SignedIn } from '../auth/types.ts';

/** What routes are made with. A part of the controller is missing where this process does not lead. */
export interface ApiContext {
  readonly authenticate: Authenticate;
  readonly authorizer: Authorizer;
  /** With Plumbline's own rights: use `clientOf(context, request)` for whatever somebody asks for. */
  readonly client: KubeClient;
  /** What the controller knows; undefined where this process does not lead. */
  readonly views: () => Views | undefined;
  /** Takes changes; undefined where this process does not lead. */
  readonly changes: () => AskedChanges | undefined;
  /** The past of what Git maintains; undefined where this process does not lead. */
  readonly past: () => Past | undefined;
  /** The namespaces that Git maintains; undefined where this process does not lead. */
  readonly gitops: () => GitOps | undefined;
  readonly log: Log;
  /** Version of Plumbline. */
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
  /** Aborts when the server ends. */
  readonly signal: AbortSignal;
}

/** TypeBox schemas are the types of what comes in and of what goes out. */
interface TypeBoxProvider extends FastifyTypeProvider {
  readonly validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
  readonly serializer: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
}

/** What routes are added to; everything added lies under `/api/v1`. */
export type ApiApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxProvider
>;

/** Adds a group of routes: one file each in `routes/`, and one line in `groups.ts`. */
export type RouteGroup = (app: ApiApp, context: ApiContext) => void;

/**
 * Who may use a route. A right is asked for before the body is read; its namespace and name are those of the path
 * (`:namespace`, `:name`). `signed-in` is for routes that ask for the rights themselves, and `open` for those without
 * a secret. There is no default: a route without it is not taken.
 */
export type Access = 'open' | 'signed-in' | Pick<Right, 'verb' | 'group' | 'resource' | 'subresource'>;

declare module 'fastify' {
  interface FastifySchema {
    /** Name of the call in the typed client: `listApplications`. */
    readonly operationId?: string;
    /** One line. */
    readonly summary?: string;
    readonly description?: string;
    readonly tags?: readonly string[];
    /** Codes that the route may answer with, besides those that every route has. */
    readonly errors?: readonly ErrorCode[];
    /** Media type of the answer, where it is no JSON. */
    readonly produces?: string;
  }
  interface FastifyContextConfig {
    readonly access?: Access;
  }
  interface FastifyRequest {
    /** Who sent it; undefined for routes that are open. */
    signedIn: SignedIn | undefined;
    /** Aborts when nobody waits for the answer any more, or the server ends. */
    ending: AbortSignal;
  }
}

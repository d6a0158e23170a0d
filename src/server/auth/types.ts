import type { FastifyRequest } from 'fastify';

/** Somebody who has proved who they are: username and groups as Kubernetes sees them, with their prefix. */
export interface SignedIn {
  readonly username: string;
  /** Without `system:authenticated`, which everybody has who is signed in. */
  readonly groups: readonly string[];
  /** What else Kubernetes knows of the user, for whom a token of its own vouches: it may narrow what they may do. */
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
  /** The email of the person, for commits. */
  readonly email?: string;
  readonly displayName?: string;
  /** How it was proved: an OIDC provider, a Kubernetes bearer token, or the link of a local cluster. */
  readonly how: 'oidc' | 'token' | 'link';
}

/** What somebody wants to do, in the words of Kubernetes RBAC. */
export interface Right {
  /** `get`, `list`, `patch`, …, or one of ours: `sync`, `rollback`, `approve`, `restore`, `revert`, `promote`. */
  readonly verb: string;
  /** API group, empty for the core group. */
  readonly group: string;
  /** Plural: `applications`. */
  readonly resource: string;
  readonly subresource?: string;
  /** Cluster-wide where left out. */
  readonly namespace?: string;
  /** All of them where left out. */
  readonly name?: string;
}

/** Asks Kubernetes what somebody may do (SubjectAccessReview). What cannot be asked is refused. */
export interface Authorizer {
  /** @throws PlumbError `auth.forbidden` (403), `auth.unavailable` (503) where Kubernetes could not be asked */
  require(user: SignedIn, right: Right, signal: AbortSignal): Promise<void>;
  /** The same as an answer, for lists that show what somebody may see. */
  allows(user: SignedIn, right: Right, signal: AbortSignal): Promise<boolean>;
}

/**
 * Finds out who sent a request.
 * @throws PlumbError `auth.required` (401), `auth.unavailable` (503), `auth.forged` (403), `server.rate-limited` (429)
 */
export type Authenticate = (request: FastifyRequest) => Promise<SignedIn>;

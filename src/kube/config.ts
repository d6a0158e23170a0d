import type { Sensitive } from '../sensitive.ts';
import type { User } from './types.ts';

/** What proves to the API server who is calling. */
export interface Credentials {
  /** Value of the Authorization header. */
  readonly authorization?: Sensitive;
  /** Client certificate, PEM, with its chain. */
  readonly certificate?: string;
  /** Private key of the certificate, PEM. */
  readonly key?: Sensitive;
}

/** Where credentials come from, time and again: they expire and are rotated. */
export interface CredentialSource {
  /** The credentials to use now; at once where they are at hand. */
  current(signal?: AbortSignal): Credentials | Promise<Credentials>;
  /** After the server refused `rejected`: true where `current` gives others now. */
  renew(rejected: Credentials, signal?: AbortSignal): Promise<boolean>;
}

/** How the API server is known to be the right one. */
export interface ServerTrust {
  /** PEM certificates to trust instead of those of the system. */
  readonly ca?: string;
  /** Name in the server's certificate, where it is not the host of its URL. */
  readonly serverName?: string;
  /** True where the user switched the check off. */
  readonly insecure: boolean;
}

/** All that is needed to speak with one API server as one user. */
export interface ClusterConfig {
  /** URL without a slash at its end; may have a path. */
  readonly server: string;
  /** Namespace of the context, `default` where it names none. */
  readonly namespace: string;
  /** Name of the kubeconfig's context; undefined in a cluster. */
  readonly context?: string;
  readonly trust: ServerTrust;
  /** URL of an HTTP or SOCKS5 proxy. */
  readonly proxy?: string;
  readonly credentials: CredentialSource;
  /** User that the kubeconfig itself asks to act as. */
  readonly impersonate?: User;
}

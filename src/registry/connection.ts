import type { Sensitive } from '../sensitive.ts';

/** What lets Plumbline into a registry or a Helm repository. */
export type RegistryCredentials = PasswordCredentials | DockerConfigCredentials;

/** A user name with a password, or a token in the place of one. */
export interface PasswordCredentials {
  readonly kind: 'password';
  /** Where it is not given, `token`: registries that take a token do not look at the name. */
  readonly username?: string;
  readonly password: Sensitive;
}

/** The content of `.dockerconfigjson`: what a Secret of type `kubernetes.io/dockerconfigjson` holds. */
export interface DockerConfigCredentials {
  readonly kind: 'docker-config';
  readonly config: Sensitive;
}

/** How a registry is reached, besides its URL. */
export interface RegistryConnection {
  readonly credentials?: RegistryCredentials;
  /** Certificates in PEM form that the server's is verified by, in the place of the system's. */
  readonly certificateAuthority?: string;
  /** A certificate in PEM form, with its private key, that this side shows; to no other host than the URL's. */
  readonly clientCertificate?: { readonly certificate: string; readonly key: Sensitive };
  /** URL of an HTTP or SOCKS proxy; it may hold a password. */
  readonly proxy?: Sensitive;
  /**
   * Other hosts that the credentials may be sent to: where the tokens of a registry come from, when that is not its
   * own domain, and where a Helm repository keeps its charts.
   */
  readonly credentialHosts?: readonly string[];
}

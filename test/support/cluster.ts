import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the kubeconfig of the run's cluster, as cluster-admin. */
    kubeconfig: string;
  }
}

/** The kubeconfig of the control plane that this run shares: a cluster-admin's. */
export function kubeconfigPath(): string {
  return inject('kubeconfig');
}

/** A name for a namespace that no other test, worker or run has: `apply-3f9a0c21`. Kept short and valid. */
export function namespaceName(prefix: string): string {
  const valid = prefix
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return `${valid.slice(0, 40)}-${randomBytes(4).toString('hex')}`;
}

/** What a test needs to call the API server by itself, without the code under test. */
export interface ClusterAccess {
  readonly server: string;
  /** The cluster's own authority, PEM. */
  readonly authority: string;
  readonly token: string;
}

/** Reads a kubeconfig of a local cluster. */
export function clusterAccess(path: string = kubeconfigPath()): ClusterAccess {
  const config = JSON.parse(readFileSync(path, 'utf8')) as {
    clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }];
    users: [{ user: { token: string } }];
  };
  const [{ cluster }] = config.clusters;
  return {
    server: cluster.server,
    authority: Buffer.from(cluster['certificate-authority-data'], 'base64').toString('utf8'),
    token: config.users[0].user.token,
  };
}

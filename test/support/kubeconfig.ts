import { writeFile } from 'node:fs/promises';
import { PlumbError, type Problem } from '../../src/errors.ts';
import { loadClusterConfig } from '../../src/kube/index.ts';

type LoadOptions = Parameters<typeof loadClusterConfig>[0];

/** Parts of a kubeconfig that a test wants otherwise. */
export interface KubeconfigParts {
  readonly cluster?: object;
  readonly user?: object;
  readonly context?: object;
}

/** Writes a kubeconfig with the context `main`, and a token unless the parts say otherwise. */
export async function writeKubeconfig(path: string, parts: KubeconfigParts = {}): Promise<string> {
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'main',
    clusters: [{ name: 'there', cluster: { server: 'https://cluster.example.org:6443/', ...parts.cluster } }],
    users: [{ name: 'me', user: { token: 'sesame', ...parts.user } }],
    contexts: [{ name: 'main', context: { cluster: 'there', user: 'me', ...parts.context } }],
  };
  await writeFile(path, JSON.stringify(content), { mode: 0o600 });
  return path;
}

/** Loads with nothing of this process's environment. */
export const loadPlainly = (options: LoadOptions): ReturnType<typeof loadClusterConfig> =>
  loadClusterConfig({ environment: {}, ...options });

/** What is wrong with a configuration; fails where nothing is. */
export async function problemsOfConfig(options: LoadOptions): Promise<readonly Problem[]> {
  const error: unknown = await loadPlainly(options).catch((reason: unknown) => reason);
  if (error instanceof PlumbError) return error.problems;
  throw new Error('it was accepted, or failed otherwise', { cause: error });
}

/** The Authorization header that a configuration leads to. */
export async function authorizationOf(options: LoadOptions): Promise<string | undefined> {
  const { credentials } = await loadPlainly(options);
  return (await credentials.current()).authorization?.reveal();
}

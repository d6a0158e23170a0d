import type { LocalCluster } from '../../local/index.ts';
import type { Session } from '../session.ts';

/** The cluster that `plumb start` works with. */
export interface StartCluster extends AsyncDisposable {
  /** Path of the kubeconfig of a local cluster; undefined for the user's own. */
  readonly kubeconfig: string | undefined;
  /** Settles, with the reason, when a local cluster ends by itself. Never for the user's own. */
  readonly ended: Promise<string>;
}

/** The user's own cluster where a context or kubeconfig is named, else one that is started on this machine. */
export async function startOrUseCluster(session: Session): Promise<StartCluster> {
  const { options, progress, signal } = session;
  if (options.context !== undefined || options.kubeconfig !== undefined) {
    return {
      kubeconfig: undefined,
      ended: new Promise<string>(() => {}),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  const { startCluster } = await import('../../local/index.ts');
  progress.step('Starting Kubernetes');
  const cluster: LocalCluster = await startCluster({
    signal,
    onProgress: (event) => {
      if (event.type === 'component-started') progress.detail(event.component);
    },
  });
  return {
    kubeconfig: cluster.kubeconfigPath,
    ended: cluster.ended,
    [Symbol.asyncDispose]: () => cluster.stop(),
  };
}

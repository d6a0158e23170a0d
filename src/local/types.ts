/** The processes of a local cluster, in the order in which they are started. */
export const componentNames = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
] as const;

/** One process of a local cluster. `kubelet` is kwok: it plays the kubelet of every node. */
export type ComponentName = (typeof componentNames)[number];

/** The process ids of the components that run now. */
export type ComponentPids = Readonly<Partial<Record<ComponentName, number>>>;

/** Something that happened to a local cluster. */
export type ClusterEvent =
  | {
      readonly type: 'starting';
      /** Process id of the supervisor. */
      readonly pid: number;
      readonly place: ClusterPlace;
    }
  | { readonly type: 'component-started'; readonly component: ComponentName; readonly pid: number }
  | {
      readonly type: 'component-exited';
      readonly component: ComponentName;
      readonly pid: number;
      /** How it ended, in words: `ended by signal 9 (killed)`. */
      readonly reason: string;
    }
  | {
      readonly type: 'ready';
      /** Since the supervisor started. */
      readonly milliseconds: number;
      readonly pids: ComponentPids;
    }
  | { readonly type: 'unready'; readonly pids: ComponentPids }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }
  | { readonly type: 'stopping' }
  | { readonly type: 'stopped' };

/** Where a cluster is reached and kept. */
export interface ClusterPlace {
  /** Kubeconfig of a cluster-admin, readable by its owner only. */
  readonly kubeconfigPath: string;
  /** URL of the API server, on the loopback interface. */
  readonly server: string;
  /** Where its files are: keys, tokens, database, logs. */
  readonly directory: string;
  /** Written to disk safely, and kept when the cluster stops. */
  readonly durable: boolean;
}

/** How a local cluster is started. */
export interface ClusterOptions {
  /**
   * Where its files are put: a folder that does not exist, is empty or holds a cluster of before.
   * Without it a temporary one is made, which a durable cluster cannot live in.
   */
  readonly directory?: string;
  /** Keep the data when the cluster stops, and write it safely. Otherwise it is fast, and gone at the end. */
  readonly durable?: boolean;
  /** Ends the start. A cluster that is ready is ended by its `stop`. */
  readonly signal?: AbortSignal;
  /** Told everything that happens, while the cluster starts and after. */
  readonly onProgress?: (event: ClusterEvent) => void;
  /** Path of the binary `devcluster`; looked up by `devclusterBinary` where it is not given. */
  readonly binary?: string;
}

/** A cluster that runs as long as this process does, unless it is stopped before. */
export interface LocalCluster extends ClusterPlace, AsyncDisposable {
  /** Process id of the supervisor. */
  readonly pid: number;
  /** The components that run now. */
  readonly pids: ComponentPids;
  /** How long the cluster took to become ready, in milliseconds. */
  readonly startMilliseconds: number;
  /** Settles when the cluster has ended, for whatever reason, with that reason in words. Never rejects. */
  readonly ended: Promise<string>;
  /** Ends all its processes and waits for them; deletes the directory unless the cluster is durable. */
  stop(): Promise<void>;
  /**
   * Kills a component as a crash would (SIGKILL), for tests of what survives it; settles when it is dead.
   * The supervisor starts it again at once: see `whenReady`.
   * @throws PlumbError `local.cluster-ended`
   */
  kill(component: ComponentName): Promise<void>;
  /**
   * Settles when all components run and pods can be placed.
   * @throws PlumbError `local.cluster-ended`, or the signal's reason
   */
  whenReady(signal?: AbortSignal): Promise<void>;
}

/** Which background cluster is meant. */
export interface BackgroundOptions {
  /** The directory of the cluster; `defaultClusterDirectory` where none is given. */
  readonly directory?: string;
  /** Path of the binary `devcluster`; looked up by `devclusterBinary` where it is not given. */
  readonly binary?: string;
  /** Ends the waiting, not the cluster. */
  readonly signal?: AbortSignal;
}

/** A cluster that runs, whoever started it. */
export interface RunningCluster extends ClusterPlace {
  readonly running: true;
  /** All components run, and pods can be placed. */
  readonly ready: boolean;
  /** Process id of the supervisor. */
  readonly pid: number;
  readonly pids: ComponentPids;
  readonly startedAt: Date;
}

/** Whether a cluster runs in a directory. */
export type ClusterStatus = RunningCluster | { readonly running: false; readonly directory: string };

/** What a start in the background comes to. */
export interface BackgroundCluster extends RunningCluster {
  /** It ran before: this start did nothing, and the cluster has the durability of the one that started it. */
  readonly alreadyRunning: boolean;
}

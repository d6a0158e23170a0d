import { type KubeClient, watchCache } from '../../src/kube/index.ts';
import type { KubeObject } from '../../src/object.ts';

/** How a Job of a test does. */
export interface JobOptions {
  /** `Failed`: its pod fails; `never`: no node takes its pod. By itself it completes. */
  readonly ends?: 'Failed' | 'never';
  readonly annotations?: Readonly<Record<string, string>>;
  /** More of its `spec`. */
  readonly spec?: object;
  /** A label that a node must have for its pod. */
  readonly node?: string;
}

/** A Job that is a hook of Argo CD in this phase. */
export function hookJob(name: string, phase: string, options: JobOptions = {}): object {
  const { ends, annotations = {}, spec = {}, node = ends === 'never' ? 'example.dev/none' : undefined } = options;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      ...(name.endsWith('-') ? { generateName: name } : { name }),
      annotations: { ...(phase === '' ? {} : { 'argocd.argoproj.io/hook': phase }), ...annotations },
    },
    spec: {
      backoffLimit: 0,
      ...spec,
      template: {
        metadata: { annotations: ends === 'Failed' ? { 'plumbline.dev/local-pod': 'Failed' } : {} },
        spec: {
          restartPolicy: 'Never',
          ...(node === undefined ? {} : { nodeSelector: { [node]: 'here' } }),
          containers: [{ name: 'c', image: 'nginx' }],
        },
      },
    },
  };
}

/** The Jobs of a namespace as they came and went. */
export interface JobWatch {
  /** How many Jobs of each name were ever made, as the API server tells it: nothing is missed up to this call. */
  runs(): Promise<Readonly<Record<string, number>>>;
  stop(): Promise<void>;
}

/** Watches every Job of a namespace that is made from this moment on. */
export async function watchJobs(client: KubeClient, namespace: string, signal: AbortSignal): Promise<JobWatch> {
  const uids = new Map<string, Set<string>>();
  const seen = new Set<string>();
  let wake: (() => void) | undefined;
  const cache = watchCache<string>({
    client,
    resource: { group: 'batch', kind: 'Job' },
    namespace,
    project: ({ metadata }) => metadata.uid ?? '',
    onChange: ({ key, value }) => {
      seen.add(key.name);
      if (!key.name.startsWith('marker-')) uids.set(key.name, (uids.get(key.name) ?? new Set()).add(value));
      wake?.();
    },
    signal,
  });
  await cache.synced;
  return {
    async runs() {
      const marker = `marker-${seen.size}`;
      const job = hookJob(marker, '', { spec: { suspend: true } });
      await client.create({ ...(job as KubeObject), metadata: { name: marker, namespace } });
      // Events come in the order of the writes: with this one, all before it have come.
      while (!seen.has(marker)) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        await promise;
        signal.throwIfAborted();
      }
      return Object.fromEntries([...uids].map(([name, all]) => [name, all.size]));
    },
    stop: () => cache.stop(),
  };
}

import { join } from 'node:path';
import { type ApiServer, collectionPath, objectPath } from './api-server.ts';
import { type Author, git } from './author.ts';
import { hasTag } from './commit.ts';
import { isAtRest, revertOnce, scaleUp } from './drift.ts';
import { follow, type Followed } from './follow.ts';
import { inParallel } from './in-parallel.ts';
import { type Distribution, distribution } from './statistics.ts';
import { readCounters, type Subjects, usageBetween } from './usage.ts';
import { type BenchObject, deploymentName, overlay, overlayObjects, overlayPath } from './workload.ts';

/** What this machine allows, with nothing between a loop and the API server. */
export interface Limit {
  /** Applies at once that were the fastest. */
  readonly parallelism: number;
  /** Until the last of the 4 N objects was applied. */
  readonly seconds: number;
  /** Until Kubernetes had also reported the last Deployment as available, which Healthy waits for. */
  readonly healthySeconds: number;
  /** Processor seconds of the loop itself. */
  readonly cpu: number;
  /** Processor seconds of Kubernetes, with what it does by itself for these objects. */
  readonly clusterCpu: number;
  /** Calls of the loop: one for each object. */
  readonly calls: number;
  /** Calls that Kubernetes itself makes for these objects. */
  readonly reactions: number;
  /** Every parallelism that was tried, with its seconds. */
  readonly tried: readonly { readonly parallelism: number; readonly seconds: number }[];
}

const patience = 120_000;

/** Applies the objects of W(N) into a namespace of its own for each parallelism; the fastest counts. */
export async function measureLimit(
  subjects: Subjects,
  connect: (connections: number) => ApiServer,
  count: number,
  parallelisms: readonly number[],
): Promise<Limit> {
  const runs: Omit<Limit, 'tried'>[] = [];
  for (const parallelism of parallelisms) {
    const api = connect(parallelism);
    try {
      runs.push(await applyAll({ ...subjects, api }, count, parallelism));
    } finally {
      await api.close();
    }
  }
  const [best] = runs.toSorted((left, right) => left.seconds - right.seconds);
  if (best === undefined) throw new Error('the limit needs at least one parallelism');
  return { ...best, tried: runs.map(({ parallelism, seconds }) => ({ parallelism, seconds })) };
}

/** The namespace of the loop with this parallelism. */
export const limitNamespace = (parallelism: number): string => `limit-${parallelism}`;

async function applyAll(subjects: Subjects, count: number, parallelism: number): Promise<Omit<Limit, 'tried'>> {
  const { api } = subjects;
  const namespace = limitNamespace(parallelism);
  await api.apply(`${collectionPath('Namespace')}/${namespace}`, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  const objects = Array.from({ length: count }, (_, index) => overlayObjects(index + 1, namespace)).flat();
  const before = await readCounters(subjects);
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  await inParallel(objects, parallelism, (object) => api.apply(objectPath(object), object));
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const healthyAt = await untilAvailable(api, namespace, count);
  const { calls, cpu } = usageBetween(before, await readCounters(subjects));
  return {
    parallelism,
    seconds,
    healthySeconds: (healthyAt - started) / 1000,
    cpu: (user + system) / 1e6,
    clusterCpu: cpu.cluster,
    calls: objects.length,
    reactions: calls,
  };
}

async function untilAvailable(api: ApiServer, namespace: string, count: number): Promise<number> {
  const deployments = await follow(api, collectionPath('Deployment', namespace));
  try {
    const available = (objects: ReadonlyMap<string, BenchObject>) =>
      objects.size === count && [...objects.values()].every(isAvailable);
    return await deployments.until(available, patience, 'all Deployments available');
  } finally {
    await deployments.stop();
  }
}

/** True where Kubernetes has reported a Deployment of 0 replicas as available. */
export function isAvailable(deployment: BenchObject): boolean {
  const { conditions = [] } = (deployment['status'] ?? {}) as { conditions?: { type: string; status: string }[] };
  return isAtRest(deployment) && conditions.some(({ type, status }) => type === 'Available' && status === 'True');
}

/** The fastest revert there can be: the apply is sent as soon as a watch shows the change. */
export async function measureDriftLimit(
  api: ApiServer,
  namespace: string,
  count: number,
  repetitions: number,
): Promise<Distribution> {
  const deployments = await follow(api, collectionPath('Deployment', namespace));
  const durations: number[] = [];
  try {
    await deployments.until((objects) => objects.size === count, patience, `${count} Deployments`);
    for (let index = 0; index < repetitions; index++) {
      const number = 1 + ((index * 7) % count);
      const { fromCall } = await revertOnce(deployments, deploymentName(number), () =>
        scaleAndRevert(api, deployments, namespace, number),
      );
      durations.push(fromCall);
    }
  } finally {
    await deployments.stop();
  }
  return distribution(durations);
}

async function scaleAndRevert(api: ApiServer, deployments: Followed, namespace: string, number: number): Promise<void> {
  const name = deploymentName(number);
  const seen = deployments.next(
    ({ object }) => object.metadata.name === name && (object['spec'] as { replicas: number }).replicas === 1,
    patience,
    `the change of ${name}`,
  );
  await Promise.all([scaleUp(api, namespace, name), seen.then(() => applyDeployment(api, namespace, number))]);
}

async function applyDeployment(api: ApiServer, namespace: string, number: number, tag = 'stable'): Promise<void> {
  for (const object of overlayObjects(number, namespace, tag)) {
    if (object.kind === 'Deployment') await api.apply(objectPath(object), object);
  }
}

/** Where the commits of `measureCommitLimit` come from and go to. */
export interface CommitRoute {
  readonly author: Author;
  readonly url: string;
  /** For a mirror. */
  readonly directory: string;
}

/** The fastest way of a commit into the cluster: `git fetch` by hand, then one apply, seen by a watch. */
export async function measureCommitLimit(
  api: ApiServer,
  route: CommitRoute,
  namespace: string,
  count: number,
  repetitions: number,
): Promise<Distribution> {
  const mirror = join(route.directory, 'limit-mirror.git');
  await git(['clone', '--quiet', '--mirror', route.url, mirror], '');
  const deployments = await follow(api, collectionPath('Deployment', namespace));
  const durations: number[] = [];
  try {
    await deployments.until((objects) => objects.size === count, patience, `${count} Deployments`);
    for (let index = 1; index <= repetitions; index++) {
      const number = 1 + ((index * 11) % count);
      const tag = `2.0.${index}`;
      await route.author.commit(new Map([[overlayPath(number), overlay(number, tag)]]), `Deploy ${tag}`);
      await route.author.push(route.url);
      const changed = deployments.until(
        (objects) => hasTag(objects.get(deploymentName(number)), tag),
        patience,
        'the change',
      );
      const startedAt = performance.now();
      await git(['--git-dir', mirror, 'fetch', '--quiet', 'origin'], '');
      const [changedAt] = await Promise.all([changed, applyDeployment(api, namespace, number, tag)]);
      durations.push(changedAt - startedAt);
    }
  } finally {
    await deployments.stop();
  }
  return distribution(durations);
}

import { type ApiServer, collectionPath } from './api-server.ts';
import { follow, type Followed } from './follow.ts';
import { type Distribution, distribution } from './statistics.ts';
import { readCounters, type Subjects, type Usage, usageBetween } from './usage.ts';
import { type BenchObject, deploymentName, targetNamespace } from './workload.ts';

/** How fast a manual change was reverted. */
export interface DriftReversal {
  /** Milliseconds from the sending of the change until a watch shows the revert. */
  readonly fromCall: Distribution;
  /** Milliseconds between the two events in which one watch shows the change and the revert. */
  readonly fromEvent: Distribution;
  readonly usage: Usage;
}

const patience = 120_000;

const replicasOf = (object: BenchObject): number => (object['spec'] as { replicas: number }).replicas;

/** True where Kubernetes has done all that it does about a Deployment of 0 replicas. */
export function isAtRest(object: BenchObject | undefined): boolean {
  const { generation } = (object?.metadata ?? {}) as { generation?: number };
  const {
    observedGeneration,
    replicas = 0,
    terminatingReplicas = 0,
  } = (object?.['status'] ?? {}) as {
    observedGeneration?: number;
    replicas?: number;
    terminatingReplicas?: number;
  };
  return generation !== undefined && generation === observedGeneration && replicas + terminatingReplicas === 0;
}

/** The change that a person makes with `kubectl scale`. */
export function scaleUp(api: ApiServer, namespace: string, name: string): Promise<BenchObject> {
  const path = `${collectionPath('Deployment', namespace)}/${name}?fieldManager=kubectl-scale`;
  return api.call('PATCH', path, { spec: { replicas: 1 } }, 'application/merge-patch+json');
}

/** Scales one Deployment up and waits until it is scaled down again. Answers both durations, milliseconds. */
export async function revertOnce(
  deployments: Followed,
  name: string,
  change: () => Promise<unknown>,
): Promise<{ readonly fromCall: number; readonly fromEvent: number }> {
  let changedAt: number | undefined;
  const reverted = deployments.next(
    ({ object, at }) => {
      if (object.metadata.name !== name) return false;
      if (replicasOf(object) === 0) return changedAt !== undefined;
      changedAt ??= at;
      return false;
    },
    patience,
    `the revert of ${name}`,
  );
  const sentAt = performance.now();
  const [{ at }] = await Promise.all([reverted, change()]);
  // The next change shall meet a cluster at rest again.
  await deployments.until((objects) => isAtRest(objects.get(name)), patience, `${name} at rest`);
  return { fromCall: at - sentAt, fromEvent: at - (changedAt ?? at) };
}

/** Changes different Deployments by hand, one after the other. */
export async function measureDrift(subjects: Subjects, count: number, repetitions: number): Promise<DriftReversal> {
  const { api } = subjects;
  const deployments = await follow(api, collectionPath('Deployment', targetNamespace));
  try {
    await deployments.until((objects) => objects.size === count, patience, `${count} Deployments`);
    const before = await readCounters(subjects);
    const results: Awaited<ReturnType<typeof revertOnce>>[] = [];
    for (let index = 0; index < repetitions; index++) {
      const name = deploymentName(1 + ((index * 7) % count));
      results.push(await revertOnce(deployments, name, () => scaleUp(api, targetNamespace, name)));
    }
    return {
      fromCall: distribution(results.map(({ fromCall }) => fromCall)),
      fromEvent: distribution(results.map(({ fromEvent }) => fromEvent)),
      usage: usageBetween(before, await readCounters(subjects)),
    };
  } finally {
    await deployments.stop();
  }
}

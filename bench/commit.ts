import { setTimeout as delay } from 'node:timers/promises';
import { type ApiServer, collectionPath } from './api-server.ts';
import { isSettled } from './converge.ts';
import { follow } from './follow.ts';
import { type Distribution, distribution } from './statistics.ts';
import { readCounters, type Subjects, type Usage, usageBetween } from './usage.ts';
import {
  applicationName,
  type BenchObject,
  deploymentName,
  homeNamespace,
  image,
  overlay,
  overlayPath,
  repositoryName,
  targetNamespace,
} from './workload.ts';

/** How fast one commit to one overlay arrived. */
export interface CommitArrival {
  /** Milliseconds from the trigger until the object has changed. */
  readonly applied: Distribution;
  /** Milliseconds from the trigger until the Application's status has that commit, Synced and Healthy. */
  readonly settled: Distribution;
  /** Of all repetitions together, with what trailed after each. */
  readonly usage: Usage;
}

const patience = 120_000;
/** Between two commits, so that what trails after one does not count for the next; milliseconds. */
const pauseMilliseconds = 1_500;

/** Whether a Deployment's first container has this tag. */
export function hasTag(deployment: BenchObject | undefined, tag: string): boolean {
  const spec = deployment?.['spec'] as { template: { spec: { containers: readonly [{ image: string }] } } } | undefined;
  return spec?.template.spec.containers[0].image === `${image}:${tag}`;
}

/** Asks for a fetch as a webhook does. */
export function triggerFetch(api: ApiServer, value: string): Promise<BenchObject> {
  return api.call(
    'PATCH',
    `${collectionPath('Repository', homeNamespace)}/${repositoryName}`,
    { metadata: { annotations: { 'plumbline.dev/requestedAt': value } } },
    'application/merge-patch+json',
  );
}

/** Pushes commits to one overlay each, one after the other, and triggers a fetch after each. */
export async function measureCommits(
  subjects: Subjects,
  repository: { readonly push: (files: ReadonlyMap<string, string>, subject: string) => Promise<string> },
  count: number,
  repetitions: number,
): Promise<CommitArrival> {
  const { api } = subjects;
  const deployments = await follow(api, collectionPath('Deployment', targetNamespace));
  const applications = await follow(api, collectionPath('Application', homeNamespace));
  const applied: number[] = [];
  const settled: number[] = [];
  try {
    await applications.until((objects) => objects.size >= count, patience, `${count} Applications`);
    const before = await readCounters(subjects);
    for (let index = 1; index <= repetitions; index++) {
      const number = 1 + ((index * 11) % count);
      const tag = `1.0.${index}`;
      const commit = await repository.push(new Map([[overlayPath(number), overlay(number, tag)]]), `Deploy ${tag}`);
      const name = applicationName(number);
      const changed = deployments.until(
        (objects) => hasTag(objects.get(deploymentName(number)), tag),
        patience,
        'the change',
      );
      const done = applications.until((objects) => isSettledIn(objects, name, commit), patience, 'the status');
      const sentAt = performance.now();
      const [changedAt, doneAt] = await Promise.all([changed, done, triggerFetch(api, commit)]);
      applied.push(changedAt - sentAt);
      settled.push(doneAt - sentAt);
      await delay(pauseMilliseconds);
    }
    return {
      applied: distribution(applied),
      settled: distribution(settled),
      usage: usageBetween(before, await readCounters(subjects)),
    };
  } finally {
    await Promise.all([deployments.stop(), applications.stop()]);
  }
}

function isSettledIn(objects: ReadonlyMap<string, BenchObject>, name: string, commit: string): boolean {
  const application = objects.get(name);
  return application !== undefined && isSettled(application, commit);
}

import { join } from 'node:path';
import { collectionPath } from './api-server.ts';
import { createAuthor } from './author.ts';
import { triggerFetch } from './commit.ts';
import { createApplications, untilAllSettled } from './converge.ts';
import { follow } from './follow.ts';
import { onStage, type Stage, type StageOptions } from './stage.ts';
import { readCounters, type Usage, usageBetween } from './usage.ts';
import {
  applicationName,
  applicationObject,
  type BenchObject,
  homeNamespace,
  overlay,
  overlayObjects,
  overlayPath,
  repositoryObject,
  workloadFiles,
} from './workload.ts';

/** How long a chain of Applications takes, each of which depends on the one before. Seconds. */
export interface Chain {
  readonly applications: number;
  readonly loadBefore: number;
  /** From the creation of the first Application until the last was Synced and Healthy. */
  readonly first: { readonly seconds: number; readonly usage: Usage };
  /** From the trigger after a commit to all of them until the last had it. */
  readonly commit: { readonly seconds: number; readonly usage: Usage };
  /** The same objects applied by a bare loop, those of one Application at once and the Applications in their order. */
  readonly limit: { readonly created: number; readonly changed: number };
}

const patience = 600_000;
const limitNamespace = 'bench-chain';

/** As those of W(N), and after the one before. */
export function chainedApplication(number: number): BenchObject {
  const application = applicationObject(number);
  const before = number === 1 ? [] : [{ name: applicationName(number - 1) }];
  return { ...application, spec: { ...(application['spec'] as object), dependsOn: before } };
}

/** Measures a chain, and beside it the bare loop. */
export async function measureChain(options: StageOptions, count: number): Promise<Chain> {
  return onStage(options, async (stage) => {
    const { directory, gitServer, api, subjects, loadBefore } = stage;
    const author = await createAuthor(join(directory, 'author.git'), () => Date.now());
    const commit = await author.commit(workloadFiles(count), `Describe ${count} applications`);
    await gitServer.create('workload');
    const url = gitServer.url('workload');
    await author.push(url);
    await api.call('POST', collectionPath('Repository', homeNamespace), repositoryObject(url));
    const applications = await follow(api, collectionPath('Application', homeNamespace));
    const timed = async (settled: string, act: () => Promise<unknown>): Promise<Chain['first']> => {
      const before = await readCounters(subjects);
      const started = performance.now();
      const moments = untilAllSettled(applications, count, settled, patience);
      const [at] = await Promise.all([moments, act()]);
      const seconds = ((at.at(-1) ?? started) - started) / 1000;
      return { seconds, usage: usageBetween(before, await readCounters(subjects)) };
    };
    try {
      options.onStep(`a chain of ${count} Applications`);
      const first = await timed(commit, () => createApplications(api, count, chainedApplication));
      options.onStep('a commit to all of them');
      const overlays = Array.from(
        { length: count },
        (_, at) => [overlayPath(at + 1), overlay(at + 1, 'alpine')] as const,
      );
      const next = await author.commit(new Map(overlays), 'Change all of them');
      await author.push(url);
      const changed = await timed(next, () => triggerFetch(api, next));
      await stage.stop();
      options.onStep('the limit: a bare loop in the same order');
      return { applications: count, loadBefore, first, commit: changed, limit: await limitOf(stage, count) };
    } finally {
      await applications.stop();
    }
  });
}

async function limitOf({ api }: Stage, count: number): Promise<Chain['limit']> {
  const path = `${collectionPath('Namespace')}/${limitNamespace}`;
  await api.apply(path, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: limitNamespace } });
  const loop = async (replicas: number): Promise<number> => {
    const started = performance.now();
    for (let number = 1; number <= count; number += 1) {
      const objects = overlayObjects(number, limitNamespace).map((object) =>
        object.kind === 'Deployment' ? { ...object, spec: { ...(object['spec'] as object), replicas } } : object,
      );
      await Promise.all(
        objects.map((object) =>
          api.apply(`${collectionPath(object.kind, limitNamespace)}/${object.metadata.name}`, object),
        ),
      );
    }
    return (performance.now() - started) / 1000;
  };
  return { created: await loop(0), changed: await loop(1) };
}

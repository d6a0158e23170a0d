import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { type ApiServer, collectionPath } from './api-server.ts';
import { createAuthor, git } from './author.ts';
import { triggerFetch } from './commit.ts';
import { createApplications, isSettled, untilAllSettled } from './converge.ts';
import { follow } from './follow.ts';
import { countOnce, type OnceCount, type WrittenCommit } from './once.ts';
import { type MemoryWatch } from './processes.ts';
import { freePort, onStage, type Stage, type StageOptions } from './stage.ts';
import { type Distribution, distribution } from './statistics.ts';
import { readCounters, type Usage, usageBetween } from './usage.ts';
import {
  applicationName,
  applicationObject,
  homeNamespace,
  overlay,
  overlayPath,
  repositoryObject,
  workloadFiles,
} from './workload.ts';
import { untilReady, writeAll, type WriteRate } from './write-load.ts';

/** How much is asked for. */
export interface WayUp extends WriteRate {
  /** GitOps namespaces, all on one branch of one repository. */
  readonly namespaces: number;
  /** Applications that are synced beside it, from another repository. */
  readonly applications: number;
}

/** What became of the writes, and of the syncs beside them. Milliseconds. */
export interface WayUpMeasurement {
  readonly wayUp: WayUp;
  readonly loadBefore: number;
  readonly writes: OnceCount;
  /** From the request until the answer, which names the commit. */
  readonly answered: Distribution;
  /** From the request until the cluster holds it. */
  readonly arrived: Distribution;
  /** From the trigger until a commit to one overlay was Synced and Healthy: alone, and beside the writes. */
  readonly syncs: { readonly alone: Distribution; readonly beside: Distribution };
  /** Of the minutes of writing. */
  readonly usage: Usage;
  readonly processes: ReadonlyMap<string, number>;
  readonly peak: MemoryWatch['peak'];
  /** By hand: one commit and one push at a time. */
  readonly byHand: Distribution;
}

const patience = 300_000;
const user = 'writer';
const repositoryLabel = { 'plumbline.dev/gitops': 'enabled' };
/** Between two commits to an overlay beside the writes, milliseconds. */
const syncEvery = 5_000;
const aloneSyncs = 12;
const handPushes = 20;

/** Writes through the HTTP API while Applications are synced, and looks afterwards at what Git and the cluster hold. */
export async function measureWayUp(options: StageOptions, wayUp: WayUp): Promise<WayUpMeasurement> {
  const port = await freePort();
  const runArguments = ['--api-address', `127.0.0.1:${port}`];
  return onStage({ ...options, runArguments }, async (stage) => {
    const { api, subjects, gitServer } = stage;
    options.onStep(`syncing ${wayUp.applications} Applications`);
    const syncing = await beginSyncing(stage, wayUp.applications);
    const namespaces = Array.from({ length: wayUp.namespaces }, (_, index) => `writes-${index + 1}`);
    await gitServer.create('objects');
    const url = gitServer.url('objects');
    for (const namespace of namespaces) await createNamespace(api, namespace, url);
    const token = await createUser(api);
    const people = new Pool(`http://127.0.0.1:${port}`, { connections: 64, pipelining: 1 });
    const followed = await Promise.all(namespaces.map((each) => follow(api, collectionPath('ConfigMap', each))));
    try {
      options.onStep('syncing alone');
      const alone: number[] = [];
      for (let index = 0; index < aloneSyncs; index += 1) {
        alone.push(await syncing.once());
        await delay(1_000);
      }
      options.onStep('the first write');
      await untilReady(people, token, namespaces);
      options.onStep(`writing ${wayUp.writesPerMinute} times a minute for ${wayUp.minutes} minutes`);
      const before = { counters: await readCounters(subjects), started: stage.started() };
      const over = new AbortController();
      const beside = syncing.until(over.signal);
      const sent = await writeAll(people, token, namespaces, followed, wayUp);
      const usage = usageBetween(before.counters, await readCounters(subjects));
      over.abort();
      const besideTimes = await beside;
      const processes = new Map(
        [...stage.started()].map(([what, count]) => [what, count - (before.started.get(what) ?? 0)] as const),
      );
      const commits = await commitsOf(gitServer.directory('objects'));
      const writes = countOnce(sent, commits);
      const { peak } = stage.memory;
      await stage.stop();
      options.onStep('the same by hand');
      return {
        wayUp,
        loadBefore: stage.loadBefore,
        writes,
        answered: distribution(
          sent.flatMap(({ answeredAt, sentAt }) => (answeredAt === undefined ? [] : [answeredAt - sentAt])),
        ),
        arrived: distribution(
          sent.flatMap(({ arrivedAt, sentAt }) => (arrivedAt === undefined ? [] : [arrivedAt - sentAt])),
        ),
        syncs: { alone: distribution(alone), beside: distribution(besideTimes) },
        usage,
        processes,
        peak,
        byHand: distribution(await pushByHand(stage)),
      };
    } finally {
      await Promise.all([people.destroy(), syncing.stop(), ...followed.map((each) => each.stop())]);
    }
  });
}

interface Syncing {
  /** Pushes to one overlay, and answers how long it took. */
  once(): Promise<number>;
  /** Does so again and again. */
  until(signal: AbortSignal): Promise<number[]>;
  stop(): Promise<void>;
}

async function beginSyncing({ api, gitServer, directory }: Stage, count: number): Promise<Syncing> {
  const author = await createAuthor(join(directory, 'author.git'), () => Date.now());
  const first = await author.commit(workloadFiles(count), 'Describe the applications');
  await gitServer.create('workload');
  const url = gitServer.url('workload');
  await author.push(url);
  await api.call('POST', collectionPath('Repository', homeNamespace), repositoryObject(url));
  const applications = await follow(api, collectionPath('Application', homeNamespace));
  await Promise.all([
    createApplications(api, count, applicationObject),
    untilAllSettled(applications, count, first, patience),
  ]);
  let index = 0;
  const once = async (): Promise<number> => {
    index += 1;
    const number = 1 + ((index * 11) % count);
    const commit = await author.commit(
      new Map([[overlayPath(number), overlay(number, `1.0.${index}`)]]),
      `Deploy 1.0.${index}`,
    );
    await author.push(url);
    const settled = applications.until(
      (objects) => {
        const application = objects.get(applicationName(number));
        return application !== undefined && isSettled(application, commit);
      },
      patience,
      'the status',
    );
    const startedAt = performance.now();
    const [at] = await Promise.all([settled, triggerFetch(api, commit)]);
    return at - startedAt;
  };
  return {
    once,
    async until(signal) {
      const times: number[] = [];
      while (!signal.aborted) {
        times.push(await once());
        await delay(syncEvery, undefined, { signal }).catch(() => {});
      }
      return times;
    },
    stop: () => applications.stop(),
  };
}

async function createNamespace(api: ApiServer, name: string, url: string): Promise<void> {
  await api.apply(`${collectionPath('Namespace')}/${name}`, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: repositoryLabel, annotations: { 'plumbline.dev/git-repo': url } },
  });
}

/** Somebody who may write. @returns the token */
async function createUser(api: ApiServer): Promise<string> {
  const subject = { name: user, namespace: homeNamespace };
  const path = `${collectionPath('ServiceAccount', homeNamespace)}/${user}`;
  await api.apply(path, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: subject });
  await api.apply(`${collectionPath('ClusterRoleBinding')}/${user}`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: user },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
    subjects: [{ kind: 'ServiceAccount', ...subject }],
  });
  const answer = await api.call('POST', `${path}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 3 * 3600 },
  });
  return (answer['status'] as { readonly token: string }).token;
}

/** All commits of the branch with what their subjects say. */
async function commitsOf(directory: string): Promise<readonly WrittenCommit[]> {
  const log = await git([`--git-dir=${directory}`, 'log', '--format=%H %s', 'main'], '');
  return log
    .trim()
    .split('\n')
    .map((line) => {
      const space = line.indexOf(' ');
      const subject = JSON.parse(line.slice(space + 1)) as { readonly Message: string; readonly Author: string };
      return { commit: line.slice(0, space), message: subject.Message, author: subject.Author };
    });
}

/** What one commit with a push of its own takes on this machine. */
async function pushByHand({ directory, gitServer }: Stage): Promise<readonly number[]> {
  await gitServer.create('by-hand');
  const url = gitServer.url('by-hand');
  const author = await createAuthor(join(directory, 'by-hand.git'), () => Date.now());
  const times: number[] = [];
  for (let index = 0; index < handPushes; index += 1) {
    const startedAt = performance.now();
    await author.commit(new Map([[`writes/ConfigMap/object-${index}.json`, '{}\n']]), `Write ${index}`);
    await author.push(url);
    times.push(performance.now() - startedAt);
  }
  return times;
}

import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clusterAccess } from '../../test/support/cluster.ts';
import { type ControllerProcess, spareControllerProcess } from '../../test/support/controller-process.ts';
import { filesBelow } from '../../test/support/files-below.ts';
import { hookJob } from '../../test/support/hooks.ts';
import { isWrite, killAt, type KillPoint, spare } from '../../test/support/kill-point.ts';
import { temporaryFolder } from '../../test/support/folder.ts';
import { writeKubeconfig } from '../../test/support/kubeconfig.ts';
import { limit } from '../../test/support/limit.ts';
import { processesOfSession } from '../../test/support/processes.ts';
import { seededRandom } from '../../test/support/random.ts';
import { recordObjects, type RecordedObjects } from '../../test/support/recorded-objects.ts';
import { apiProxyOfEachTest, controllerOfEachTest } from '../../test/support/scene.ts';
import type { Application } from '../api/index.ts';

// A controller that is killed time and again, at points drawn at random, while commits, requests and rollbacks go on.
// What is drawn is the number of a request, and never a time: how fast anything is makes no difference.
const lives = Number(process.env['PLUMB_LIVES'] ?? '100');
const seed = Number(process.env['PLUMB_SEED'] ?? Date.now() % 1_000_000);

const proxy = apiProxyOfEachTest();
const bench = controllerOfEachTest('killed-often');
let directory: string;
let kubeconfig: string;
let applications: RecordedObjects<Application>;
let objects: RecordedObjects;
let jobs: RecordedObjects;

beforeEach(async ({ onTestFailed }) => {
  directory = temporaryFolder();
  const parts = { cluster: { server: proxy.server }, user: { token: clusterAccess().token } };
  kubeconfig = await writeKubeconfig(join(directory, 'config'), parts);
  const { client, namespace } = bench;
  applications = await recordObjects<Application>(client, namespace, { group: 'plumbline.dev', kind: 'Application' });
  objects = await recordObjects(client, namespace, { group: '', kind: 'ConfigMap' });
  jobs = await recordObjects(client, namespace, { group: 'batch', kind: 'Job' });
  onTestFailed(() => {
    const now = [...applications.live.values()].map(({ metadata, status }) => ({ [metadata.name]: status }));
    process.stderr.write(`seed ${seed}\n${JSON.stringify(now, null, 1)}\n`);
  });
});
afterEach(async () => {
  await Promise.all([applications, objects, jobs].map((each) => each.stop()));
});

const hook = (phase: string) => ({ 'plumbline.dev/hook': phase });
const wave = (number: number) => ({ 'plumbline.dev/sync-wave': String(number) });

const settings = (name: string, value: number, annotations: Readonly<Record<string, string>> = {}): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, annotations },
    data: { value: String(value) },
  });

/** What Git says in a round. */
const content = (round: number) => ({
  'web/before.json': settings('web-before', round, hook('PreSync')),
  'web/one.json': settings('web-one', round),
  'web/two.json': settings('web-two', round, wave(1)),
  'web/after.json': settings('web-after', round, hook('PostSync')),
  [`web/old-${round}.json`]: settings(`web-old-${round}`, round, wave(2)),
  [`web/old-${round - 1}.json`]: null,
  'job/job.json': JSON.stringify(
    hookJob('migrate', 'PreSync', { annotations: { 'argocd.argoproj.io/hook-delete-policy': 'HookSucceeded' } }),
  ),
  'job/one.json': settings('job-one', round),
  'plain/one.json': settings('plain-one', round),
  'plain/two.json': settings('plain-two', round),
  'after/one.json': settings('after-one', round),
  'manual/one.json': settings('manual-one', round),
  'manual/after.json': settings('manual-after', round, hook('PostSync')),
  // In a round of an even number it is rolled back instead, to what it was first.
  ...(isHeldIn(round) ? {} : { 'held/one.json': settings('held-one', round) }),
});

const isHeldIn = (round: number): boolean => round > 0 && round % 2 === 0;

const specs: Readonly<Record<string, object>> = {
  web: { sync: { pruneLimit: {} } },
  job: {},
  plain: {},
  after: { dependsOn: [{ name: 'web' }] },
  manual: { sync: { automated: false } },
  held: {},
};

const annotate = (name: string, annotations: object) => bench.patchApplication(name, { metadata: { annotations } });

function isReady({ status }: Application): boolean {
  return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
}

/** Whether a sync of the commit is the last one of an Application, and is over. */
function hasSynced(name: string, commit: string): boolean {
  const status = applications.live.get(name)?.status;
  const [last] = status?.history ?? [];
  return last?.revision === commit && last.outcome === 'Succeeded' && status?.operation === undefined;
}

const valueOf = (name: string): string | undefined => objects.live.get(name)?.['data']?.['value'];

const historyOf = (name: string) =>
  (applications.live.get(name)?.status?.history ?? []).map(({ revision, by, outcome }) => [revision, by, outcome]);

interface Round {
  readonly commit: string;
  readonly number: number;
}

/** What the round has asked for has come. */
function isOver({ commit, number }: Round, first: string): boolean {
  const isHeld = isHeldIn(number);
  const names = ['web', 'job', 'plain', 'after', 'manual', ...(isHeld ? [] : ['held'])];
  if (!names.every((name) => hasSynced(name, commit) && isReady(applications.live.get(name) as Application)))
    return false;
  if (applications.live.get('manual')?.status?.request?.id !== `round-${number}`) return false;
  const held = applications.live.get('held')?.status;
  if (!isHeld) return held?.hold === undefined && valueOf('held-one') === String(number);
  const isTold = held?.conditions?.some(({ type, reason }) => type === 'Synced' && reason === 'RolledBack') === true;
  return isTold && hasSynced('held', first) && valueOf('held-one') === '0';
}

test(`killed ${lives} times at random points, controllers lose nothing and do nothing twice`, async () => {
  const random = seededRandom(seed);
  const below = (bound: number): number => Math.floor(random() * bound);
  const commits: string[] = [];
  const sessions: number[] = [];
  const count = { killed: 0 };
  let heir = spareControllerProcess(bench.namespace, directory, bench.kube, kubeconfig);
  const next = (): Promise<ControllerProcess> => {
    const now = heir;
    heir = spareControllerProcess(bench.namespace, directory, bench.kube, kubeconfig);
    spare(proxy);
    sessions.push(now.pid);
    return now.begin();
  };

  const repositories = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/repositories`;
  const playRound = async (number: number): Promise<void> => {
    const commit = await bench.repository.commit(content(number));
    commits.push(commit);
    if (number === 0) {
      await bench.createRepository();
      for (const [name, spec] of Object.entries(specs)) {
        await bench.createApplication(name, { source: { repositoryRef: { name: 'apps' }, path: name }, ...spec });
      }
    }
    await bench.kube.call('PATCH', `${repositories}/apps`, {
      metadata: { annotations: { 'plumbline.dev/requestedAt': String(number) } },
    });
    if (isHeldIn(number)) await annotate('held', { 'plumbline.dev/rollbackTo': commits[0] });
    // It is of this commit only once that is known.
    await bench.kube.until(
      repositories,
      ({ status }) => (status as { readonly revision?: string } | undefined)?.revision === commit,
      limit(),
    );
    await annotate('manual', { 'plumbline.dev/syncRequestedAt': `round-${number}` });
    await applications.until(() => isOver({ commit, number }, commits[0] ?? ''), objects);
  };

  const story = async (): Promise<void> => {
    for (let number = 0; count.killed < lives || number < 4; number += 1) await playRound(number);
    // One more with a controller that lives.
    await playRound(commits.length);
  };
  // It does not end before all lives have.
  const told = story();
  told.catch(() => {});
  while (count.killed < lives) {
    const victim = await next();
    const isAny = random() < 0.3;
    const point: KillPoint = isAny
      ? { isMeant: ({ url }) => !url.includes('/leases'), number: 1 + below(60), isHeard: random() < 0.5 }
      : { isMeant: isWrite, number: 1 + below(10), isHeard: random() < 0.5 };
    killAt(proxy, point, victim);
    await Promise.race([victim.ended, told]);
    expect(await victim.ended).toBe('SIGKILL');
    count.killed += 1;
  }
  const last = await next();
  await told;
  last.end();
  expect(await last.ended).toBeNull();
  process.stdout.write(`seed ${seed}: ${count.killed} lives, ${commits.length} commits\n`);
  const rounds = commits.map((_, number) => number);

  for (const name of ['web-before', 'web-after', 'manual-after']) {
    expect({ [name]: objects.made(name) }).toEqual({ [name]: rounds.map(String) });
  }
  expect(jobs.made('migrate')).toHaveLength(rounds.length);
  for (const number of rounds) expect(objects.made(`web-old-${number}`)).toEqual([String(number)]);
  expect([...objects.live.keys()].filter((name) => name.startsWith('web-old-'))).toEqual([`web-old-${rounds.at(-1)}`]);
  expect([...jobs.live.keys()]).toEqual([]);
  for (const name of ['web-one', 'web-two', 'job-one', 'plain-one', 'plain-two', 'after-one', 'manual-one']) {
    expect({ [name]: objects.written(name) }).toEqual({ [name]: rounds.map(String) });
  }
  expect(objects.written('held-one')).toEqual(rounds.map((number) => (isHeldIn(number) ? '0' : String(number))));

  const newestFirst = rounds.toReversed().slice(0, 20);
  for (const [name, by] of Object.entries({
    web: 'automated',
    job: 'automated',
    plain: 'automated',
    after: 'automated',
    manual: 'manual',
  })) {
    const wanted = newestFirst.map((number) => [commits[number], by, 'Succeeded']);
    expect({ [name]: historyOf(name) }).toEqual({ [name]: wanted });
  }
  expect(historyOf('held')).toEqual(
    newestFirst.map((number) =>
      isHeldIn(number) ? [commits[0], 'rollback', 'Succeeded'] : [commits[number], 'automated', 'Succeeded'],
    ),
  );

  // What has to come one after the other has come so in every round: versions count all writes of the cluster.
  for (const number of rounds) {
    const order = ['web-before', 'web-one', 'web-two', `web-old-${number}`, 'web-after', 'after-one'];
    const versions = order.map((name) => objects.versionOf(name, String(number)));
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
  }
  // What the last one of them had started may be about to end.
  while (sessions.some((session) => processesOfSession(session).length > 0)) await pause(100);
  expect((await filesBelow(directory)).filter((name) => name.endsWith('.lock'))).toEqual([]);
}, 1_800_000);

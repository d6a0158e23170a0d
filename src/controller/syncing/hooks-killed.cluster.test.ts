import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { clusterAccess } from '../../../test/support/cluster.ts';
import { startControllerProcess } from '../../../test/support/controller-process.ts';
import { isReadyAt } from '../../../test/support/controller.ts';
import { hookJob } from '../../../test/support/hooks.ts';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { writeKubeconfig } from '../../../test/support/kubeconfig.ts';
import { isWrite, killAt, type KillPoint, spare } from '../../../test/support/kill-point.ts';
import { limit } from '../../../test/support/limit.ts';
import { apiProxyOfEachTest, controllerOfEachTest, jobsOfEachTest } from '../../../test/support/scene.ts';

// The controller is a process of its own, which is killed as nobody can prevent; another one takes its place.
const proxy = apiProxyOfEachTest();
const bench = controllerOfEachTest('hooks-killed');
const jobs = jobsOfEachTest(bench);
let directory: string;
let kubeconfig: string;

beforeEach(async () => {
  directory = temporaryFolder();
  const parts = { cluster: { server: proxy.server }, user: { token: clusterAccess().token } };
  kubeconfig = await writeKubeconfig(join(directory, 'config'), parts);
});

/** Lives that end at a request of any kind, drawn at random; more of them are for whoever doubts. */
const randomLives = Number(process.env['PLUMB_KILLS'] ?? '1');

/** Lives one after the other, each killed at another point, until this has come true; tells how many were killed. */
async function liveUntil(isTrue: () => Promise<unknown>): Promise<number> {
  for (let life = 0; ; life += 1) {
    spare(proxy);
    const victim = await startControllerProcess(bench.namespace, directory, bench.kube, { kubeconfig });
    // The first ends at its first write, and thereby before what is waited for.
    const isRandom = life > 0 && life <= randomLives;
    const point: KillPoint = isRandom
      ? { isMeant: () => true, number: 1 + Math.floor(Math.random() * 20), isHeard: Math.random() < 0.5 }
      : { isMeant: isWrite, number: 1 + 6 * Math.max(0, life - randomLives), isHeard: life % 2 === 0 };
    killAt(proxy, point, victim);
    const came = await Promise.race([isTrue().then(() => true), victim.ended.then(() => false)]);
    victim.kill();
    expect(await victim.ended).toBe('SIGKILL');
    if (came) return life;
  }
}

const hooks = [
  hookJob('first', 'PreSync', { annotations: { 'argocd.argoproj.io/hook-delete-policy': 'HookSucceeded' } }),
  hookJob('second', 'PreSync', { annotations: { 'argocd.argoproj.io/sync-wave': '1' } }),
  hookJob('own-', 'Sync', { spec: { ttlSecondsAfterFinished: 0 } }),
  hookJob('after', 'PostSync'),
  hookJob('before-deletion', 'PreDelete'),
  hookJob('after-deletion', 'PostDelete'),
];

test('killed again and again, in a sync and in a deletion, controllers run each hook once', async () => {
  const commit = await bench.repository.commit({
    'settings.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n',
    ...Object.fromEntries(hooks.map((hook, index) => [`hook-${index}.json`, JSON.stringify(hook)])),
  });
  await bench.createRepository();
  await bench.createApplication('web', { deletionPolicy: 'Cascade' });
  const inSync = await liveUntil(() => bench.application('web', isReadyAt(commit)));
  const own = Object.keys(await jobs.runs()).find((name) => name.startsWith('own-')) ?? '';
  expect(await jobs.runs()).toEqual({ first: 1, second: 1, [own]: 1, after: 1 });

  const applications = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/applications`;
  await bench.kube.call('DELETE', `${applications}/web`);
  const inDeletion = await liveUntil(() => bench.kube.untilGone(applications, 'web', limit()));
  const each = { first: 1, second: 1, [own]: 1, after: 1, 'before-deletion': 1, 'after-deletion': 1 };
  expect(await jobs.runs()).toEqual(each);
  expect(Math.min(inSync, inDeletion)).toBeGreaterThan(0);
  process.stdout.write(`${inSync} lives of a sync, ${inDeletion} of a deletion\n`);
}, 600_000);

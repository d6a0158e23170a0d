import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDeadlyGate, startCanaryOperator, startMetrics } from '../../test/support/canary.ts';
import { gitSync, onPush, openShop, openShopParts, settledIn, type ShopParts } from '../../test/support/canary-shop.ts';
import { basic, openGitGate } from '../../test/support/git-gate.ts';
import { newGiteaRepository } from '../../test/support/gitea.ts';
import { openWorkshop } from '../../test/support/git-workshop.ts';

/** What comes in between, and who: ends, refusals, others, and people who decide. */
let parts: ShopParts;
beforeAll(async () => {
  parts = await openShopParts();
});
afterAll(() => parts.close());

test.for(['before', 'after'] as const)('ended %s its push is done, it commits once', async (when) => {
  const workshop = await openWorkshop({ onPush });
  const repository = await workshop.repository();
  const shop = await openShop(parts, `canary-kill-${when}`, repository);
  const gate = await openDeadlyGate(workshop.server.port);
  const metrics = await startMetrics(100);
  const through = repository.url.replace(/^http:\/\/[^/]+/, gate.origin);
  const start = () =>
    startCanaryOperator({ namespace: shop.namespace, gitSync: gitSync({ url: through }), prometheus: metrics.url });
  const first = await start();
  await shop.canary(settledIn('Waiting'));
  gate.killNextPush(first.pid, when);
  await shop.release('web:2');
  expect(await first.ended).toBe('SIGKILL');
  const pending = await shop.canary((status) => status.gitSync?.state === 'Pending');
  expect(pending.status).toMatchObject({ phase: 'Waiting', gitSync: { nextPhase: 'Evaluating' } });
  await start();
  await shop.canary((status) => status.history?.length === 1 && settledIn('Waiting')(status));
  expect(await shop.subjects()).toEqual([
    'Release web:1',
    'Canary initialized',
    'Release web:2',
    'Canary started: web:2',
    'Canary promoted: web:2',
  ]);
});

test('a token that is refused is told, and a renewed one is used', async () => {
  const workshop = await openWorkshop({ onPush });
  const repository = await workshop.repository();
  const shop = await openShop(parts, 'canary-token', repository);
  const { namespace } = shop;
  const gate = await openGitGate(workshop.server.port);
  gate.admit = ({ headers }) => (headers.authorization === basic('robot', 'fresh-7f3a') ? undefined : 401);
  const secrets = `/api/v1/namespaces/${namespace}/secrets`;
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'git' } };
  await parts.kube.call('POST', secrets, { ...secret, stringData: { token: 'stale-7f3a' } });
  const metrics = await startMetrics(100);
  const access = { credentials: 'git.token', username: 'robot' };
  const running = await startCanaryOperator({ namespace, gitSync: gitSync(gate, access), prometheus: metrics.url });
  const refused = await shop.canary(({ conditions = [] }) =>
    conditions.some(({ reason }) => reason === 'GitAuthFailed'),
  );
  expect(refused.status?.gitSync).toBeUndefined();
  expect(JSON.stringify(refused.status)).not.toContain('7f3a');
  await parts.kube.call('PATCH', `${secrets}/git`, { stringData: { token: 'fresh-7f3a' } });
  await shop.canary(settledIn('Waiting'));
  expect(await shop.subjects()).toEqual(['Release web:1', 'Canary initialized']);
  expect(running.logged.join('')).not.toContain('7f3a');
});

test('two operators that race on one branch both get their commits in', async () => {
  const workshop = await openWorkshop({ onPush });
  const repository = await workshop.repository();
  const [one, other] = [
    await openShop(parts, 'canary-race', repository),
    await openShop(parts, 'canary-race', repository),
  ];
  const metrics = await startMetrics(100);
  await Promise.all(
    [one, other].map(({ namespace }) =>
      startCanaryOperator({ namespace, gitSync: gitSync(repository), prometheus: metrics.url }),
    ),
  );
  await Promise.all([one, other].map((shop) => shop.canary(settledIn('Waiting'))));
  await one.release('web:2');
  await other.release('web:2');
  await Promise.all(
    [one, other].map((shop) => shop.canary((status) => status.history?.length === 1 && settledIn('Waiting')(status))),
  );
  expect((await one.subjects()).toSorted()).toEqual(
    ['Canary initialized', 'Canary promoted: web:2', 'Canary started: web:2', 'Release web:1', 'Release web:2'].flatMap(
      (subject) => [subject, subject],
    ),
  );
  expect((await repository.git('rev-list', '--merges', 'main')).trim()).toBe('');
});

test('with pull requests a person decides, and the operator waits', async () => {
  const gitea = await newGiteaRepository();
  const shop = await openShop(parts, 'canary-pull', {
    url: gitea.url,
    commit: (changes) => gitea.commit('main', changes),
    git: () => Promise.reject(new Error('it is on a forge')),
  });
  const { namespace } = shop;
  await parts.kube.call('POST', `/api/v1/namespaces/${namespace}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'git' },
    stringData: { token: gitea.access.token },
  });
  const metrics = await startMetrics(100);
  const how = { mode: 'pullRequest', forge: 'Gitea', credentials: 'git.token', username: gitea.access.user };
  await startCanaryOperator({ namespace, gitSync: gitSync(gitea, how), prometheus: metrics.url });
  const proposed = await shop.canary((status) => status.gitSync?.state === 'PullRequestOpen');
  const { number = 0 } = proposed.status?.gitSync?.pullRequest ?? {};
  expect(proposed.status).toMatchObject({ phase: 'Initializing', gitSync: { nextPhase: 'Waiting' } });
  const pull = await gitea.call<{ title: string; body: string; base: { ref: string } }>('GET', `/pulls/${number}`);
  expect(pull).toMatchObject({ title: 'canary-operator: Canary initialized', base: { ref: 'main' } });
  expect(pull.body).toContain(`networking.istio.io/VirtualService ${namespace}/web`);
  await gitea.call('POST', `/pulls/${number}/merge`, { Do: 'squash' });
  shop.fetch();
  await shop.canary(settledIn('Waiting'));

  await shop.release('web:2');
  const second = await shop.canary((status) => status.gitSync?.state === 'PullRequestOpen');
  const { pullRequest, operation } = second.status?.gitSync ?? {};
  await gitea.call('PATCH', `/pulls/${pullRequest?.number}`, { state: 'closed' });
  const look = { metadata: { annotations: { look: 'again' } } };
  await parts.kube.call('PATCH', `${shop.path}/web`, look);
  await shop.canary(
    (status) =>
      status.conditions?.some(
        ({ type, status: is, reason }) => type === 'Stalled' && is === 'True' && reason === 'OperatorPullRequestClosed',
      ) === true,
  );
  // A refusal stands until somebody wants something else.
  await parts.kube.call('PATCH', `${shop.path}/web`, { spec: { stepWeight: 20 } });
  const third = await shop.canary(
    ({ gitSync: again }) => again?.state === 'PullRequestOpen' && again.operation !== operation,
  );
  expect(third.status?.gitSync?.pullRequest?.number).toBeGreaterThan(pullRequest?.number ?? 0);
});

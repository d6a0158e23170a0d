import { beforeEach, expect, test } from 'vitest';
import { type GiteaRepository, newGiteaRepository } from '../../../test/support/gitea.ts';
import { configMap, hasValue } from '../../../test/support/gitops.ts';
import { limit } from '../../../test/support/limit.ts';
import { gitOpsOfEachTest } from '../../../test/support/scene.ts';

const bench = gitOpsOfEachTest('gitops-forge');
let repository: GiteaRepository;

beforeEach(async () => {
  repository = await newGiteaRepository();
  await bench.kube.call('POST', `/api/v1/namespaces/${bench.namespace}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'git-creds' },
    stringData: { username: repository.access.user, email: 'service@example.org', token: repository.access.token },
  });
});

test('where pull requests are wanted, a change is proposed, and comes into the cluster when it is merged', async () => {
  await bench.label(
    { 'plumbline.dev/gitops': 'enabled' },
    {
      'plumbline.dev/git-repo': repository.url,
      'plumbline.dev/git-mode': 'pullRequest',
      'plumbline.dev/git-forge': 'Gitea',
      'plumbline.dev/git-forge-url': `${repository.access.url}/api/v1`,
    },
  );
  const controller = bench.startPlain();
  await controller.started;
  const proposed = await bench.submit(controller, [{ verb: 'create', object: configMap('settings', { a: '1' }) }], {
    message: 'First settings',
  });
  const { pullRequest } = proposed;
  expect(proposed).toMatchObject({ state: 'PullRequestOpen', objects: [{ change: 'created' }] });
  const path = `/pulls/${pullRequest?.number}`;
  expect(await repository.call('GET', path)).toMatchObject({ state: 'open', base: { ref: 'main' } });
  expect(await bench.operations()).toMatchObject([{ status: { state: 'PullRequestOpen', pullRequest } }]);
  await repository.call('POST', `${path}/merge`, { Do: 'merge' });
  const repositories = `/apis/plumbline.dev/v1alpha1/namespaces/${bench.namespace}/repositories`;
  await bench.kube.call('PATCH', `${repositories}/gitops`, {
    metadata: { annotations: { 'plumbline.dev/requestedAt': 'now' } },
  });
  await bench.kube.until(bench.configMaps(), hasValue('settings', 'a', '1'), limit());
});

test('a branch that is protected refuses the change: it fails, is told, and nothing is left half done', async () => {
  await bench.label({ 'plumbline.dev/gitops': 'enabled' }, { 'plumbline.dev/git-repo': repository.url });
  await repository.call('POST', '/branch_protections', { rule_name: 'main', enable_push: false });
  const controller = bench.startPlain();
  await controller.started;
  const refused = bench.submit(controller, [{ verb: 'create', object: configMap('settings', { a: '1' }) }]);
  await expect(refused).rejects.toMatchObject({ code: 'git.push-protected' });
  expect(await bench.operations()).toMatchObject([
    { status: { state: 'Failed', problems: [{ code: 'git.push-protected' }] } },
  ]);
  expect(await repository.call('GET', '/branches/main')).toMatchObject({ commit: { id: repository.firstCommit } });
});

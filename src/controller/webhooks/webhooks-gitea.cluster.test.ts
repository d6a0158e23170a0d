import { expect, test } from 'vitest';
import { hasCondition, isReadyAt } from '../../../test/support/controller.ts';
import { newGiteaRepository } from '../../../test/support/gitea.ts';
import { putWebhookSecret, serveWebhooks } from '../../../test/support/serve-webhooks.ts';
import { controllerOfEachTest } from '../../../test/support/scene.ts';
import type { PullRequestNews } from '../index.ts';

/** From a push to a real Gitea to the cluster, with nothing in between that is not real, and no polling. */
const bench = controllerOfEachTest('gitea');

const configMap = (value: string) => ({
  'settings.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { value: "${value}" }\n`,
});

test.each(['json', 'form'])('a push and a tag to Gitea reach the cluster, told as %s', async (contentType) => {
  await putWebhookSecret(bench, 'hook', { secret: 'between us' });
  const gitea = await newGiteaRepository(configMap('one'));
  await bench.createRepository({ url: gitea.url, interval: '24h', webhook: { secretRef: { name: 'hook' } } });
  const destination = { namespace: bench.namespace };
  await bench.createApplication('web', { destination });
  const { url } = await serveWebhooks(bench);
  await bench.application('web', isReadyAt(gitea.firstCommit));
  await gitea.call('POST', '/hooks', {
    type: 'gitea',
    active: true,
    events: ['push', 'create'],
    config: { url: `${url}/webhooks`, content_type: contentType, secret: 'between us' },
  });
  const second = await gitea.commit('main', configMap('two'));
  await bench.application('web', isReadyAt(second));

  await bench.patchApplication('web', { spec: { source: { ref: { semver: '>=1.0.0' } } } });
  await bench.application('web', hasCondition('Ready', 'False'));
  await gitea.call('POST', '/tags', { tag_name: 'v1.0.0', target: 'main', message: 'One' });
  await bench.application('web', isReadyAt(second));
  const told = bench.logged.filter(({ message }) => message === 'webhook').map(({ fields }) => fields);
  expect(told).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ kind: 'gitea', events: ['push'], repositories: [`${bench.namespace}/apps`] }),
      expect.objectContaining({ kind: 'gitea', events: ['tag'] }),
    ]),
  );
  expect(bench.logged.filter(({ message }) => message === 'webhook refused')).toEqual([]);
});

test('a pull request on Gitea is handed on when it is opened, when commits come, and when it is closed', async () => {
  await putWebhookSecret(bench, 'hook', { secret: 'between us' });
  const gitea = await newGiteaRepository(configMap('one'));
  await bench.createRepository({ url: gitea.url, interval: '24h', webhook: { secretRef: { name: 'hook' } } });
  const news: PullRequestNews[] = [];
  let heard = Promise.withResolvers<void>();
  const { url } = await serveWebhooks(bench, {
    onPullRequest: (one) => {
      news.push(one);
      heard.resolve();
      heard = Promise.withResolvers();
    },
  });
  const until = async (action: string): Promise<void> => {
    while (!news.some(({ event }) => event.action === action)) await heard.promise;
  };
  // The Secret is read by now, or the hook would be refused; what it tells first needs no answer.
  await gitea.call('POST', '/hooks', {
    type: 'gitea',
    active: true,
    events: ['pull_request', 'pull_request_sync'],
    config: { url: `${url}/webhooks`, content_type: 'json', secret: 'between us' },
  });
  const head = await gitea.commit('more', configMap('two'), 'main');
  const { number } = await gitea.call<{ number: number }>('POST', '/pulls', {
    head: 'more',
    base: 'main',
    title: 'More',
  });
  await until('opened');
  expect(news[0]).toEqual({
    repositories: [`${bench.namespace}/apps`],
    event: {
      type: 'pull-request',
      number,
      action: 'opened',
      base: { branch: 'main', commit: gitea.firstCommit },
      head: { branch: 'more', commit: head },
    },
  });
  const next = await gitea.commit('more', { 'other.txt': 'three' });
  await until('updated');
  expect(news.at(-1)?.event.head).toEqual({ branch: 'more', commit: next });
  await gitea.call('PATCH', `/pulls/${number}`, { state: 'closed' });
  await until('closed');
});

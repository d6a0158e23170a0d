import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { openForgeServer, testClock, testConnections, type ForgeReply } from '../../test/support/forge-server.ts';
import { PlumbError } from '../errors.ts';
import { sensitive } from '../sensitive.ts';
import { knownForge, openForge, type Forge, type ForgeKind } from './index.ts';

// What holds for every product. What each says on the wire is in its own folder.

const call = { signal: new AbortController().signal };
const token = 'secret-token-4711';

const products: readonly [ForgeKind, string, string][] = [
  ['GitHub', 'https://github.com/team/web.git', ''],
  ['GitLab', 'https://gitlab.com/team/web.git', '/api/v4'],
  ['Gitea', 'https://gitea.com/team/web.git', '/api/v1'],
  ['Forgejo', 'https://codeberg.org/team/web.git', '/api/v1'],
  ['BitbucketCloud', 'https://bitbucket.org/team/web.git', '/2.0'],
  ['BitbucketDataCenter', 'https://git.example.com/scm/team/web.git', ''],
  ['AzureDevOps', 'https://dev.azure.com/org/team/_git/web', '/org'],
];

function open(
  [kind, repositoryUrl, path]: (typeof products)[number],
  url: string,
  connections = testConnections(),
): Forge {
  const credentials = { kind: 'token', token: sensitive(token) } as const;
  return openForge({ kind, repositoryUrl, apiUrl: `${url}${path}`, credentials, connections });
}

async function failure(action: Promise<unknown>): Promise<PlumbError> {
  const error: unknown = await action.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PlumbError)) throw new Error(`expected a PlumbError, not ${String(error)}`, { cause: error });
  return error;
}

test.each([
  ['https://github.com/team/web', 'GitHub'],
  ['git@ssh.github.com:team/web.git', 'GitHub'],
  ['https://gitlab.com/group/sub/web.git', 'GitLab'],
  ['ssh://git@altssh.gitlab.com:443/group/web.git', 'GitLab'],
  ['https://user@bitbucket.org/team/web.git', 'BitbucketCloud'],
  ['git@ssh.dev.azure.com:v3/org/project/web', 'AzureDevOps'],
  ['https://org.visualstudio.com/project/_git/web', 'AzureDevOps'],
  ['https://codeberg.org/team/web.git', 'Forgejo'],
  ['https://gitea.com/team/web.git', 'Gitea'],
  ['https://git.example.com/team/web.git', undefined],
  ['https://gitlab.com.example.org/team/web.git', undefined],
  ['https://visualstudio.com/_git/web', undefined],
])('%s is known to be %s', (url, kind) => {
  expect(knownForge(url)).toBe(kind);
});

const answers: [string, ForgeReply, string, number][] = [
  ['credentials that it does not know', { status: 401, body: { message: 'no' } }, 'forge.auth-failed', 1],
  ['what these credentials may not', { status: 403, body: { message: 'no' } }, 'forge.forbidden', 1],
  ['what is not there', { status: 404, body: { message: 'no' } }, 'forge.not-found', 1],
  [
    'a server that is down',
    { status: 503, body: 'down', headers: { 'content-type': 'text/html' } },
    'forge.unreachable',
    4,
  ],
  ['a connection that is cut', 'cut', 'forge.unreachable', 4],
  ['another form than documented', { body: { id: 'x', iid: null, values: 7 } }, 'forge.answer-invalid', 1],
  ['a page for people', { body: '<html>', headers: { 'content-type': 'text/html' } }, 'forge.answer-invalid', 1],
  ['a redirect elsewhere', { status: 302, headers: { location: 'https://login.example/' } }, 'forge.redirected', 1],
];

test.each(products.flatMap((product) => answers.map((answer) => [product[0], answer[0], product, answer] as const)))(
  '%s and %s',
  async (_, __, product, [, reply, code, calls]) => {
    const server = await openForgeServer(() => reply);
    const error = await failure(open(product, server.url).pullRequest(1, call));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/(?:pull|merge) request !?1 of team\/web/);
    expect(inspect(error, { depth: 10 })).not.toContain(token);
    expect(server.asked).toHaveLength(calls);
  },
);

test.each(products)('%s is waited for as it asks, and whoever gives up is heard', async (...product) => {
  const clock = testClock();
  const limited = await openForgeServer((_, count) =>
    count === 1 ? { status: 429, headers: { 'retry-after': '11' } } : { status: 404 },
  );
  await failure(open(product, limited.url, testConnections(clock)).pullRequest(1, call));
  expect(clock.waits).toEqual([11_000]);
  const controller = new AbortController();
  const silent = await openForgeServer(() => new Promise<ForgeReply>(() => controller.abort(new Error('enough'))));
  await expect(open(product, silent.url).pullRequest(1, controller)).rejects.toThrow('enough');
});

test.each(products)(
  '%s is called as nobody where there are no credentials, and not with some that do not fit',
  async (...product) => {
    const [kind, repositoryUrl, path] = product;
    const server = await openForgeServer(() => ({ status: 404 }));
    const options = { kind, repositoryUrl, apiUrl: `${server.url}${path}`, connections: testConnections() };
    await failure(openForge(options).pullRequest(1, call));
    expect(server.asked[0]?.headers.authorization).toBeUndefined();
    // GitHub alone has Apps, and this key is none.
    const app = { kind: 'github-app', appId: '1', privateKey: sensitive('key') } as const;
    expect(() => openForge({ ...options, credentials: app })).toThrow(
      expect.objectContaining({ code: 'forge.credentials-invalid' }),
    );
  },
);

test.each(products)('%s has pages for people, whatever a branch or a file is called', (...product) => {
  const { links, commentLimit } = open(product, 'https://api.example.com');
  for (const link of [
    links.commit('0123'),
    links.file('0123', 'a b/#?%/é.yaml', 7),
    links.compare('release/1.x', 'f#1'),
    links.pullRequest(12),
  ]) {
    const url = new URL(link);
    expect(url.host).toBe(new URL(product[1]).host);
    expect(url.pathname).toMatch(/\/team\//);
    expect(link).not.toMatch(/\s/);
  }
  expect(new URL(links.file('0123', 'a#b?c', 7)).href).toMatch(/a%23b%3Fc/);
  expect(commentLimit).toBeGreaterThanOrEqual(32_768);
});

import { generateKeyPairSync, verify } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { testClock, testConnections } from '../../../test/support/forge-server.ts';
import { basic, passOn } from '../../../test/support/git-gate.ts';
import { openWorkshop } from '../../../test/support/git-workshop.ts';
import { listenHere } from '../../../test/support/listen.ts';
import type { Repository } from '../../api/index.ts';
import { problemsOf } from '../../errors.ts';
import { openMirror } from '../../git/index.ts';
import type { KubeObject } from '../../object.ts';
import { readAccess } from './credentials.ts';
import { createTemplates } from './templates.ts';

// GitHub cannot run here: a server on this machine answers as docs.github.com/rest/apps/apps documents it ("Get a repository
// installation for the authenticated app", "Create an installation access token for an app"), with real Git behind it.

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();

/** Whether the App has signed it. */
function isSigned(authorization = ''): boolean {
  const [head = '', body = '', signature = ''] = authorization.replace('Bearer ', '').split('.');
  return verify('sha256', Buffer.from(`${head}.${body}`), publicKey, Buffer.from(signature, 'base64url'));
}

test('Git is let in by the token that a GitHub App makes for it, and by a new one before it ends', async () => {
  const workshop = await openWorkshop();
  const repository = await workshop.repository();
  const clock = testClock();
  const made: string[] = [];
  const asked: string[] = [];
  const server = createServer((incoming, response) => {
    const { url = '', headers } = incoming;
    const json = (status: number, body: object): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    asked.push(url);
    if (url.startsWith('/api/v3/')) {
      if (!isSigned(headers.authorization)) json(401, { message: 'A JSON web token could not be decoded' });
      else if (url === '/api/v3/repos/acme/app/installation') json(200, { id: 55, app_id: 12 });
      else if (url === '/api/v3/app/installations/55/access_tokens') {
        made.push(`ghs_t0ken${made.length}`);
        const expires = new Date(clock.now() + 3_600_000).toISOString();
        json(201, { token: made.at(-1), expires_at: expires, permissions: { contents: 'read' } });
      } else json(404, { message: 'Not Found' });
      return;
    }
    if (headers.authorization !== basic('x-access-token', made.at(-1) ?? '')) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' }).end();
      return;
    }
    incoming.url = url.replace('/acme/app', '/app.git');
    passOn(workshop.server.port, incoming, response);
  });
  await listenHere(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/acme/app`;
  const keys = { githubAppID: '12', githubAppPrivateKey: pem };
  const data = Object.fromEntries(
    Object.entries(keys).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'team', name: 'app' }, data } as KubeObject;
  const parts = {
    look: { object: () => Promise.resolve(secret), templates: () => Promise.resolve([]) },
    templates: createTemplates({ onProblem: () => {} }),
    connections: testConnections(clock),
  };
  const spec = { url, secretRef: { name: 'app' } };
  const access = await readAccess(parts, { metadata: { namespace: 'team', name: 'app' }, spec } as Repository);
  expect(asked).toEqual([]);

  const mirror = await openMirror({ url, directory: workshop.cache, signal: workshop.signal, ...access });
  const first = await repository.commit({ a: '1' });
  expect((await mirror.fetch({}, workshop)).resolved.commit).toBe(first);
  const second = await repository.commit({ a: '2' });
  expect((await mirror.fetch({}, workshop)).resolved.commit).toBe(second);
  expect(made).toHaveLength(1);

  await clock.wait(56 * 60_000, workshop.signal);
  const third = await repository.commit({ a: '3' });
  expect((await mirror.fetch({}, workshop)).resolved.commit).toBe(third);
  expect(made).toHaveLength(2);

  // A token that is taken back is a failure of Git's, which says nothing of it.
  made.push('another');
  const error: unknown = await mirror.fetch({}, workshop).catch((reason: unknown) => reason);
  expect(problemsOf(error)[0].code).toBe('git.auth-failed');
  expect(problemsOf(error)[0].message).not.toContain('ghs_');
  await mirror.close();
});

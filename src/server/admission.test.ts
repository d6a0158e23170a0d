import { Agent, request } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { makeAuthority, makeServerCertificate } from '../controller/admission/certificates.ts';
import type { Admission, AdmissionRequest } from '../controller/index.ts';
import { sensitive } from '../sensitive.ts';
import { startAdmissionServer } from './admission.ts';

const path = 'a-secret-path';
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const materialOf = (authority: ReturnType<typeof makeAuthority>, under: string) => {
  const { certificate, key } = makeServerCertificate(authority, ['127.0.0.1'], Date.now());
  return { certificate, key: sensitive(key), path: sensitive(under) };
};

/** A server over real TLS, until the test ends; what it is asked is kept. */
async function start({ isLeading = true } = {}) {
  const stop = new AbortController();
  const asked: [AdmissionRequest, number][] = [];
  const admission: Admission = {
    async review(question, milliseconds) {
      asked.push([question, milliseconds]);
      return question.dryRun
        ? { allowed: false, code: 409, reason: 'Conflict', message: 'no' }
        : { allowed: true, warnings: ['committed'] };
    },
  };
  const authority = makeAuthority(Date.now());
  const server = await startAdmissionServer({
    host: '127.0.0.1',
    port: 0,
    admission: () => (isLeading ? admission : undefined),
    material: materialOf(authority, path),
    log: quiet,
    signal: stop.signal,
  });
  onTestFinished(async () => {
    stop.abort();
    await server.closed;
  });
  const ask = async (under: string, body: object, ca = authority.certificate) => {
    const answer = await request(`https://127.0.0.1:${server.port}/admission/${under}?timeout=25s`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      dispatcher: new Agent({ connect: { ca } }),
    });
    return { status: answer.statusCode, body: await answer.body.json() };
  };
  return { server, ask, asked };
}

const review = (more: object = {}) => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'one',
    kind: { group: '', version: 'v1', kind: 'ConfigMap' },
    resource: { group: '', version: 'v1', resource: 'configmaps' },
    namespace: 'models',
    operation: 'CREATE',
    userInfo: { username: 'alice', groups: ['developers'] },
    object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' } },
    oldObject: null,
    options: { kind: 'CreateOptions', fieldManager: 'kubectl-create' },
    ...more,
  },
});

test('the API server is told what is decided, and how long it waits is known', async () => {
  const { ask, asked } = await start();
  expect(await ask(path, review())).toMatchObject({
    status: 200,
    body: { kind: 'AdmissionReview', response: { uid: 'one', allowed: true, warnings: ['committed'] } },
  });
  expect(asked).toMatchObject([[{ namespace: 'models', fieldManager: 'kubectl-create', dryRun: false }, 25_000]]);
  expect(await ask(path, review({ dryRun: true }))).toMatchObject({
    body: { response: { uid: 'one', allowed: false, status: { code: 409, reason: 'Conflict', message: 'no' } } },
  });
});

test('whoever does not know the path asks nothing, and a process that does not lead decides nothing', async () => {
  const { ask, asked } = await start();
  expect(await ask('a-secret-patH', review())).toMatchObject({ status: 404 });
  expect(await ask('', review())).toMatchObject({ status: 404 });
  expect(await ask(path, review({ operation: 'CONNECT' }))).toMatchObject({ status: 400 });
  expect(await ask(path, { kind: 'AdmissionReview' })).toMatchObject({ status: 400 });
  expect(asked).toEqual([]);
  const idle = await start({ isLeading: false });
  expect(await idle.ask(path, review())).toMatchObject({ status: 503 });
});

test('another certificate and another path count as soon as they are there', async () => {
  const { server, ask } = await start();
  const next = makeAuthority(Date.now());
  server.renew(materialOf(next, 'another'));
  expect(await ask('another', review(), next.certificate)).toMatchObject({ status: 200 });
  expect(await ask(path, review(), next.certificate)).toMatchObject({ status: 404 });
  await expect(ask('another', review())).rejects.toThrow(/unable to verify|self-signed/);
});

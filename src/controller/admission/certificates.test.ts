import { X509Certificate } from 'node:crypto';
import { createServer, get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { isServerCertificateOf, makeAuthority, makeServerCertificate, renewalTime } from './certificates.ts';
import { listenHere } from '../../../test/support/listen.ts';

const day = 24 * 60 * 60 * 1_000;
const hosts = ['plumbline-admission.plumbline-system.svc', 'localhost', '127.0.0.1', '::1'] as const;

/** Asks a server over TLS; answers with the status, or rejects with the reason of TLS. */
function ask(port: number, authority: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, ca: authority, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).on('error', reject);
  });
}

test('a server with such a certificate is believed by who knows the authority, and by nobody else', async () => {
  const now = Date.now();
  const authority = makeAuthority(now);
  const { certificate, key } = makeServerCertificate(authority, hosts, now);
  const server = createServer({ cert: certificate, key }, (_request, answer) => answer.end('ok'));
  onTestFinished(() => void server.close());
  await listenHere(server);
  const { port } = server.address() as AddressInfo;
  expect(await ask(port, authority.certificate)).toBe(200);
  await expect(ask(port, makeAuthority(now).certificate)).rejects.toThrow(/unable to verify|self-signed/);
});

test('it is for its hosts alone, good for ninety days, and renewed when two thirds are over', () => {
  const now = Date.UTC(2026, 10, 22);
  const authority = makeAuthority(now);
  const made = makeServerCertificate(authority, hosts, now);
  const server = new X509Certificate(made.certificate);
  expect(server.subjectAltName).toBe(
    'DNS:plumbline-admission.plumbline-system.svc, DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
  );
  expect(server.ca).toBe(false);
  expect(server.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  expect(new X509Certificate(authority.certificate).ca).toBe(true);
  expect(Date.parse(server.validTo)).toBe(now + 90 * day);
  expect(Math.abs(renewalTime(made.certificate) - (now + 60 * day))).toBeLessThan(day);
  expect(isServerCertificateOf(authority.certificate, made, hosts)).toBe(true);
  expect(isServerCertificateOf(authority.certificate, made, ['example.com'])).toBe(false);
  expect(isServerCertificateOf(makeAuthority(now).certificate, made, hosts)).toBe(false);
  const other = makeServerCertificate(authority, hosts, now);
  expect(isServerCertificateOf(authority.certificate, { ...made, key: other.key }, hosts)).toBe(false);
});

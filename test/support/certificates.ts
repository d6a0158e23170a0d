import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A certificate and its private key, PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** An authority with what it signed: a server for 127.0.0.1 and two clients. */
export interface TestCertificates {
  /** Certificate of the authority, PEM. */
  readonly authority: string;
  readonly server: Certificate;
  readonly client: Certificate;
  readonly other: Certificate;
}

const openssl = promisify(execFile);
let made: Promise<TestCertificates> | undefined;

/** Certificates that are good for a day; made once for a test file. */
export function testCertificates(): Promise<TestCertificates> {
  made ??= makeCertificates();
  return made;
}

async function makeCertificates(): Promise<TestCertificates> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-certificates-'));
  const at = (name: string): string => join(folder, name);
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
  try {
    await openssl('openssl', [
      ...request,
      '-subj',
      '/CN=test authority',
      '-keyout',
      at('ca.key'),
      '-out',
      at('ca.pem'),
    ]);
    const sign = async (name: string, extension: string): Promise<Certificate> => {
      const signed = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-addext', extension];
      await openssl('openssl', [
        ...request,
        ...signed,
        '-subj',
        `/CN=${name}`,
        '-keyout',
        at(`${name}.key`),
        '-out',
        at(`${name}.pem`),
      ]);
      const [certificate, key] = await Promise.all([
        readFile(at(`${name}.pem`), 'utf8'),
        readFile(at(`${name}.key`), 'utf8'),
      ]);
      return { certificate, key };
    };
    const server = await sign('server', 'subjectAltName=IP:127.0.0.1');
    const client = await sign('client', 'extendedKeyUsage=clientAuth');
    const other = await sign('other', 'extendedKeyUsage=clientAuth');
    return { authority: await readFile(at('ca.pem'), 'utf8'), server, client, other };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

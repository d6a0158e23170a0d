import { generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { openHttpRelay } from '../../test/support/http-relay.ts';
import {
  flux,
  pushArtifact,
  pushBlob,
  pushManifest,
  startRegistry,
  type TestRegistry,
} from '../../test/support/registry.ts';
import { tarGzOf } from '../../test/support/tar.ts';
import { createEgress } from '../egress.ts';
import { openRegistryCache, openRegistrySource, type RegistryCache, type Verification } from './index.ts';

/** What the real cosign wrote into a real registry; see `made` in the file. */
interface Signed {
  readonly identity: string;
  readonly digest: string;
  readonly keys: Readonly<Record<string, string>>;
  readonly blobs: Readonly<Record<string, string>>;
  readonly manifests: readonly { readonly reference: string; readonly content: string }[];
}

const fixture = join(import.meta.dirname, 'fixtures', 'signed-by-cosign.json');
const signed = JSON.parse(readFileSync(fixture, 'utf8')) as Signed;
const signal = new AbortController().signal;

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry.stop());

let cache: RegistryCache;
beforeEach(async () => {
  cache = openRegistryCache({ directory: temporaryFolder(), egress: createEgress() });
  onTestFinished(() => cache.close());
});

/** Puts what cosign wrote into a repository: the artifact, and of its signatures those under the tags that fit. */
async function pushSigned(repository: string, take: (reference: string) => boolean): Promise<void> {
  for (const content of Object.values(signed.blobs))
    await pushBlob(registry.host, repository, '', Buffer.from(content, 'base64'));
  for (const { reference, content } of signed.manifests)
    if (take(reference)) await pushManifest(registry.host, repository, reference, content);
}

function read(repository: string, verify: Verification, host = registry.host) {
  const source = openRegistrySource({ url: `oci://${host}/${repository}`, type: 'OCI', verify, cache, signal });
  return source.fetch({ digest: signed.digest }, { signal });
}

const isTag = (reference: string): boolean => reference.endsWith('.sig');
const refusal = (code: string, text = '') => ({ code, message: expect.stringContaining(text) as unknown });
const kinds = Object.entries(signed.keys);

const tag = (of: string): string => of.replace(':', '-');

test.each(kinds)(
  'what cosign signed with a key of the kind %s is accepted, under a tag and as a bundle',
  async (kind, key) => {
    for (const way of ['tag', 'bundle']) {
      const repository = `${way}/${kind}`;
      await pushSigned(repository, (reference) => isTag(reference) === (way === 'tag') || reference === '1.0.0');
      const { artifact } = await read(repository, { keys: [key], identities: [signed.identity] });
      expect(artifact).toMatchObject({ digest: signed.digest, verified: true });
      expect([...artifact.tree.files.keys()]).toContain('templates/configmap.yaml');
    }
  },
);

test('a key of several is enough, and another one is not', async () => {
  await pushSigned('keys/app', () => true);
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' });
  const identities = [signed.identity];
  await expect(read('keys/app', { keys: [String(other)], identities })).rejects.toMatchObject(
    refusal('registry.signature-invalid', 'none of the keys has made it'),
  );
  const both = { keys: [String(other), signed.keys['ecdsa'] ?? ''], identities };
  expect((await read('keys/app', both)).artifact.verified).toBe(true);
  await expect(read('keys/app', { keys: [], identities })).rejects.toMatchObject({
    code: 'registry.signature-invalid',
  });
  await expect(read('keys/app', { keys: ['no key'] })).rejects.toMatchObject({ code: 'registry.key-invalid' });
  const rsaPss = generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'pem' });
  await expect(read('keys/app', { keys: [String(rsaPss)] })).rejects.toMatchObject({ code: 'registry.key-invalid' });
});

test('an artifact without a signature is refused', async () => {
  await pushSigned('unsigned/app', (reference) => reference === '1.0.0');
  await expect(read('unsigned/app', { keys: Object.values(signed.keys) })).rejects.toMatchObject(
    refusal('registry.signature-missing'),
  );
});

test('a signature under a tag that names another repository is refused, unless that one is allowed', async () => {
  await pushSigned('copied/app', (reference) => isTag(reference) || reference === '1.0.0');
  const keys = Object.values(signed.keys);
  await expect(read('copied/app', { keys })).rejects.toMatchObject(
    refusal('registry.signature-invalid', `it is for the repository ${signed.identity}`),
  );
  expect((await read('copied/app', { keys, identities: ['ghcr.io/a/b', signed.identity] })).artifact.verified).toBe(
    true,
  );
});

test('a signature that was moved from another artifact is refused', async () => {
  await pushSigned('moved/app', () => true);
  const content = await tarGzOf({ 'a.yaml': 'a' });
  const digest = await pushArtifact(registry.host, 'moved/app', 'evil', [{ mediaType: flux.content, content }]);
  for (const end of ['', '.sig']) {
    const manifest = signed.manifests.find(({ reference }) => reference === tag(signed.digest) + end);
    await pushManifest(registry.host, 'moved/app', tag(digest) + end, manifest?.content ?? '');
  }
  const verify = { keys: Object.values(signed.keys), identities: [signed.identity] };
  const source = openRegistrySource({ url: `oci://${registry.host}/moved/app`, type: 'OCI', verify, cache, signal });
  await expect(source.fetch({ tag: 'evil' }, { signal })).rejects.toMatchObject(
    refusal('registry.signature-invalid', 'it is for something else'),
  );
});

test('a registry with the referrers API is asked by it', async () => {
  await pushSigned('referrers/app', (reference) => !isTag(reference));
  const asked = await openHttpRelay(Number(registry.host.split(':')[1]));
  // The registry of this test has no such API: its answer is put together from the tag that stands in for it.
  const list = signed.manifests.find(({ reference }) => reference === signed.digest.replace(':', '-'))?.content ?? '';
  asked.onAnswer = ({ path }, answer) =>
    path === `/v2/referrers/app/referrers/${signed.digest}`
      ? { status: 200, headers: {}, body: Buffer.from(list) }
      : answer;
  const { artifact } = await read('referrers/app', { keys: [signed.keys['rsa'] ?? ''] }, new URL(asked.url).host);
  expect(artifact.verified).toBe(true);
});

test('a list of signatures goes over several pages, and one that cannot be had is not taken for an empty one', async () => {
  await pushSigned('paged/app', (reference) => !isTag(reference));
  const asked = await openHttpRelay(Number(registry.host.split(':')[1]));
  const text = signed.manifests.find(({ reference }) => reference === tag(signed.digest))?.content ?? '';
  const list = JSON.parse(text) as { readonly manifests: readonly object[] };
  const path = `/v2/paged/app/referrers/${signed.digest}`;
  asked.onAnswer = (request, answer) => {
    const page = Number(/^[^?]*(?:\?page=(\d))?$/.exec(request.path)?.[1] ?? 0);
    if (!request.path.startsWith(path)) return answer;
    const body = Buffer.from(JSON.stringify({ ...list, manifests: list.manifests.slice(page, page + 1) }));
    const more = page + 1 < list.manifests.length;
    return { status: 200, headers: more ? { link: `<${path}?page=${page + 1}>; rel="next"` } : {}, body };
  };
  for (const key of Object.values(signed.keys))
    expect((await read('paged/app', { keys: [key] }, new URL(asked.url).host)).artifact.verified).toBe(true);
  expect(asked.requests.filter((request) => request.path.startsWith(path)).length).toBeGreaterThan(4);
  asked.onAnswer = (request, answer) =>
    request.path.startsWith(path) ? { status: 501, headers: {}, body: Buffer.alloc(0) } : answer;
  const keys = Object.values(signed.keys);
  await expect(read('paged/app', { keys }, new URL(asked.url).host)).rejects.toMatchObject(
    refusal('registry.unreachable'),
  );
});

/** Signs a statement as a bundle of sigstore has it, by the specification of DSSE. */
async function pushStatement(repository: string, subject: string, predicateType: string, type?: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const payloadType = type ?? 'application/vnd.in-toto+json';
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { sha256: subject } }],
    predicateType,
  };
  const payload = Buffer.from(JSON.stringify(statement));
  const head = Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `);
  const sig = sign(null, Buffer.concat([head, payload]), privateKey).toString('base64');
  const dsseEnvelope = { payload: payload.toString('base64'), payloadType, signatures: [{ sig }] };
  const mediaType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
  const bundle = await pushBlob(
    registry.host,
    repository,
    mediaType,
    Buffer.from(JSON.stringify({ mediaType, dsseEnvelope })),
  );
  const config = await pushBlob(registry.host, repository, 'application/vnd.oci.empty.v1+json', Buffer.from('{}'));
  const manifestType = 'application/vnd.oci.image.manifest.v1+json';
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    artifactType: mediaType,
    config,
    layers: [bundle],
  });
  const digest = await pushManifest(registry.host, repository, 'bundle', text);
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    // As older versions of cosign wrote it: the list does not tell the type.
    manifests: [{ mediaType: manifestType, digest, size: text.length, artifactType: config.mediaType }],
  };
  await pushManifest(registry.host, repository, signed.digest.replace(':', '-'), index);
  return { keys: [String(publicKey.export({ type: 'spki', format: 'pem' }))] };
}

test('of the statements about an artifact, only that it is signed counts', async () => {
  const subject = signed.digest.slice('sha256:'.length);
  const signature = 'https://sigstore.dev/cosign/sign/v1';
  await pushSigned('statements/app', (reference) => reference === '1.0.0');
  const good = await pushStatement('statements/app', subject, signature);
  expect((await read('statements/app', good)).artifact.verified).toBe(true);
  const contents = await pushStatement('statements/app', subject, 'https://spdx.dev/Document');
  await expect(read('statements/app', contents)).rejects.toMatchObject(refusal('registry.signature-invalid', 'spdx'));
  const other = await pushStatement('statements/app', '0'.repeat(64), signature);
  await expect(read('statements/app', other)).rejects.toMatchObject(
    refusal('registry.signature-invalid', 'something else'),
  );
  const typed = await pushStatement('statements/app', subject, signature, 'text/plain');
  await expect(read('statements/app', typed)).rejects.toMatchObject(
    refusal('registry.signature-invalid', 'no statement'),
  );
});

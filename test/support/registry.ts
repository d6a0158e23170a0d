import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const project = join(import.meta.dirname, '..', '..');

/** The set-up step that builds the registry, as far as finding it goes. */
interface RegistryStep {
  readonly fingerprint: () => string;
}

const step = (await import(join(project, 'scripts', 'steps', 'registry.mjs'))) as RegistryStep;
const binary = join(project, '.cache', 'bin', `registry-${step.fingerprint()}`, 'registry');

/** A real registry (CNCF Distribution) on this machine, with its content in memory. */
export interface TestRegistry {
  /** Host and port, as names of images have it: `127.0.0.1:5000`. */
  readonly host: string;
  stop(): Promise<void>;
}

/** What a registry asks of who comes, as its configuration has it. */
export type RegistryAuth = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Starts a registry on a free port. */
export async function startRegistry(auth?: RegistryAuth): Promise<TestRegistry> {
  if (!existsSync(binary)) throw new Error('the registry is not built: run `npm run setup -- registry`');
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-registry-'));
  const configuration = {
    version: '0.1',
    log: { level: 'info', accesslog: { disabled: true } },
    storage: { inmemory: {}, delete: { enabled: true } },
    http: { addr: '127.0.0.1:0', secret: 'of a test' },
    ...(auth === undefined ? {} : { auth }),
  };
  const file = join(folder, 'config.yml');
  // JSON is YAML.
  await writeFile(file, JSON.stringify(configuration));
  const { PATH = '' } = process.env;
  const child = spawn(binary, ['serve', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH, HOME: folder, OTEL_TRACES_EXPORTER: 'none' },
  });
  const port = await portOf(child);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    host: `127.0.0.1:${port}`,
    async stop() {
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The registry says where it listens once it does. */
async function portOf({ stderr }: ChildProcess): Promise<string> {
  if (stderr === null) throw new TypeError('the registry has no log');
  const log: string[] = [];
  for await (const line of createInterface(stderr)) {
    log.push(line);
    const port = /listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port === undefined) continue;
    stderr.resume();
    return port;
  }
  throw new Error(`the registry has ended:\n${log.join('\n')}`);
}

/** Content that a manifest names. */
export interface PushedDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Headers of whoever pushes, where the registry asks for a log-in. */
export type PushHeaders = Readonly<Record<string, string>>;

/** Puts content into a repository of a registry. */
export async function pushBlob(
  host: string,
  repository: string,
  mediaType: string,
  content: Uint8Array,
  headers: PushHeaders = {},
): Promise<PushedDescriptor> {
  const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
  const begun = await fetch(`http://${host}/v2/${repository}/blobs/uploads/`, { method: 'POST', headers });
  const location = new URL(begun.headers.get('location') ?? '', `http://${host}`);
  location.searchParams.set('digest', digest);
  const done = await fetch(location, {
    method: 'PUT',
    body: Buffer.from(content),
    headers: { ...headers, 'content-type': 'application/octet-stream' },
  });
  if (done.status !== 201) throw new Error(`the registry answers ${done.status}: ${await done.text()}`);
  return { mediaType, digest, size: content.length };
}

/** Puts a manifest under a tag or its digest. Returns its digest. */
export async function pushManifest(
  host: string,
  repository: string,
  reference: string,
  manifest: string | { readonly mediaType: string },
  headers: PushHeaders = {},
): Promise<string> {
  const body = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
  const { mediaType } = JSON.parse(body) as { readonly mediaType?: string };
  const done = await fetch(`http://${host}/v2/${repository}/manifests/${reference}`, {
    method: 'PUT',
    body,
    headers: { ...headers, 'content-type': mediaType ?? 'application/vnd.oci.image.manifest.v1+json' },
  });
  if (done.status !== 201) throw new Error(`the registry answers ${done.status}: ${await done.text()}`);
  return `sha256:${createHash('sha256').update(body).digest('hex')}`;
}

/** One layer of an artifact to push. */
export interface Layer {
  readonly mediaType: string;
  readonly content: Uint8Array;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What `flux push artifact` pushes, by Flux's documentation: a configuration, and one archive. */
export const flux = {
  config: 'application/vnd.cncf.flux.config.v1+json',
  content: 'application/vnd.cncf.flux.content.v1.tar+gzip',
} as const;

/** Pushes an artifact under a tag. Returns the digest of its manifest. */
export async function pushArtifact(
  host: string,
  repository: string,
  tag: string,
  layers: readonly Layer[],
  options: {
    readonly configType?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly headers?: PushHeaders;
  } = {},
): Promise<string> {
  const { configType = flux.config, annotations = {}, headers = {} } = options;
  const config = await pushBlob(host, repository, configType, Buffer.from('{}'), headers);
  const descriptors = [];
  for (const { mediaType, content, annotations: own } of layers) {
    const pushed = await pushBlob(host, repository, mediaType, content, headers);
    descriptors.push(own === undefined ? pushed : { ...pushed, annotations: own });
  }
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config,
    layers: descriptors,
    annotations,
  };
  return pushManifest(host, repository, tag, manifest, headers);
}

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { plumbError } from '../errors.ts';
import { sensitive, type Sensitive } from '../sensitive.ts';
import { createBareRepository, refsOf, updatesBetween, type FirstCommit, type RefUpdate } from './git-repository.ts';
import { answerByService, type ServiceCall } from './git-service.ts';

/** How a Git server on this machine is started. */
export interface GitServerOptions {
  /** The folder that holds the bare repositories, each as `<name>.git`; made where it does not exist. */
  readonly root: string;
  /** 0, and where it is not given: a free one. */
  readonly port?: number;
  /** True: every request needs a password that is made up now. */
  readonly protect?: boolean;
  /** Told after every push that has moved something. Must not throw. */
  readonly onPush?: (push: Push) => void;
  /** Ends the server. */
  readonly signal: AbortSignal;
}

/** What a push has moved. */
export interface Push {
  /** Name of the repository, without `.git`. */
  readonly repository: string;
  readonly updates: readonly RefUpdate[];
}

/** A Git server over smart HTTP, for this machine only. */
export interface GitServer {
  readonly port: number;
  /** What a client has to give, where the server is protected. */
  readonly credentials: { readonly username: string; readonly password: Sensitive } | undefined;
  /** The URL of a repository, without credentials. */
  url(repository: string): string;
  /** Where a repository lies on the disk. */
  directory(repository: string): string;
  /** Makes a repository, where there is none of that name; returns whether it did. */
  create(repository: string, first?: FirstCommit): Promise<boolean>;
  /** Ends the server and all that it runs. */
  close(): Promise<void>;
}

const namePattern = /^[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?$/;
const refsPattern = /^\/([^/?]+)\.git\/info\/refs\?service=(git-upload-pack|git-receive-pack)$/;
const servicePattern = /^\/([^/?]+)\.git\/(git-upload-pack|git-receive-pack)$/;

/**
 * Serves the bare repositories of a folder to this machine, for reading and pushing.
 * @throws PlumbError `local.git-failed`, `local.port-taken`
 */
export async function startGitServer(options: GitServerOptions): Promise<GitServer> {
  await mkdir(options.root, { recursive: true });
  const controller = new AbortController();
  const signal = AbortSignal.any([options.signal, controller.signal]);
  const credentials = options.protect === true ? makeCredentials() : undefined;
  const directory = (repository: string): string => join(options.root, `${checkName(repository)}.git`);
  const announce = createAnnouncer(directory, options.onPush, signal);

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // A page in a browser reaches this machine under any name that it likes: it is not meant.
    if (!isOwnHost(request.headers.host)) return refuse(response, 403);
    if (!isAuthorized(request, credentials)) return refuse(response, 401);
    const asked = questionIn(request);
    if (asked === undefined || !(await exists(directory(asked.repository)))) return refuse(response, 404);
    if (!asked.advertise && request.headers['content-type'] !== `application/x-${asked.service}-request`)
      return refuse(response, 415);
    await announce.before(asked.repository);
    const code = await answerByService(request, response, {
      ...asked,
      directory: directory(asked.repository),
      signal,
    });
    if (asked.service === 'git-receive-pack' && !asked.advertise && code === 0) await announce.after(asked.repository);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  const port = await listen(server, options.port ?? 0);
  const close = async (): Promise<void> => {
    controller.abort(plumbError('cancelled', 'the Git server is closed'));
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  };
  options.signal.addEventListener('abort', () => void close(), { once: true });
  return {
    port,
    credentials,
    url: (repository) => `http://127.0.0.1:${port}/${checkName(repository)}.git`,
    directory,
    async create(repository, first) {
      const target = directory(repository);
      if (await exists(target)) return false;
      await createBareRepository(target, first, signal);
      return true;
    },
    close,
  };
}

/** What a request is for; undefined where it is for nothing that is served. */
function questionIn({
  method,
  url = '',
}: IncomingMessage): (Pick<ServiceCall, 'service' | 'advertise'> & { readonly repository: string }) | undefined {
  const advertise = method === 'GET';
  if (!advertise && method !== 'POST') return undefined;
  const [, repository = '', service = ''] = (advertise ? refsPattern : servicePattern).exec(url) ?? [];
  if (!namePattern.test(repository)) return undefined;
  return { repository, service: service as ServiceCall['service'], advertise };
}

/** Compares the refs before and after a push. What two pushes at once have moved is told once, by either. */
function createAnnouncer(
  directory: (repository: string) => string,
  onPush: GitServerOptions['onPush'],
  signal: AbortSignal,
): { before(repository: string): Promise<void>; after(repository: string): Promise<void> } {
  const seen = new Map<string, ReadonlyMap<string, string>>();
  return {
    async before(repository) {
      if (onPush === undefined || seen.has(repository) || !(await exists(directory(repository)))) return;
      seen.set(repository, await refsOf(directory(repository), signal));
    },
    async after(repository) {
      if (onPush === undefined) return;
      const now = await refsOf(directory(repository), signal);
      const updates = updatesBetween(seen.get(repository) ?? new Map<string, string>(), now);
      seen.set(repository, now);
      if (updates.length > 0) onPush({ repository, updates });
    },
  };
}

function makeCredentials(): { readonly username: string; readonly password: Sensitive } {
  return { username: 'plumb', password: sensitive(randomBytes(24).toString('base64url')) };
}

function isAuthorized(request: IncomingMessage, credentials: GitServer['credentials']): boolean {
  if (credentials === undefined) return true;
  const expected = Buffer.from(`${credentials.username}:${credentials.password.reveal()}`).toString('base64');
  return sameText(request.headers.authorization ?? '', `Basic ${expected}`);
}

/** Compares in a time that tells nothing about either. */
function sameText(left: string, right: string): boolean {
  return timingSafeEqual(digestOf(left), digestOf(right));
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** By the name alone: what forwards a port, or a test, comes in by another one. */
function isOwnHost(host: string | undefined): boolean {
  return /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/.test(host ?? '');
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, status === 401 ? { 'WWW-Authenticate': 'Basic realm="plumb"' } : {});
  response.end();
}

function checkName(repository: string): string {
  if (!namePattern.test(repository)) {
    throw plumbError(
      'local.git-failed',
      `${JSON.stringify(repository)} cannot be the name of a repository: use a-z, 0-9, dot, dash and underscore`,
    );
  }
  return repository;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EADDRINUSE') reject(plumbError('local.port-taken', `port ${port} is in use`, { cause }));
      else reject(cause);
    });
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

import { createCaller, type Caller } from './caller.ts';
import type { ClusterConfig } from './config.ts';
import { isFields } from './decode.ts';
import { createDiscovery } from './discovery.ts';
import { createFlow, type FlowOptions } from './flow.ts';
import { impersonationHeaders } from './impersonate.ts';
import { metadataOf } from './metadata-only.ts';
import { listObjects } from './list.ts';
import { parseJson } from './object-answer.ts';
import { queryString } from './paths.ts';
import { createTransport, type Transport } from './transport.ts';
import type { Discovery, KubeClient, RawAnswer, RawRequest, StreamRequest } from './types.ts';
import {
  applyObject,
  createObject,
  deleteObject,
  getObject,
  patchObject,
  updateObject,
  type VerbParts,
} from './verbs.ts';
import { tellWarnings } from './warnings.ts';

/** How a client behaves. */
export interface ClientOptions {
  /** `plumbline` where left out. */
  readonly userAgent?: string;
  readonly flow?: FlowOptions;
  /** Milliseconds to go on trying while the server is away or asks to wait: 30 s where left out. */
  readonly patience?: number;
  /** Milliseconds for a connection, and for an answer to begin: 10 s and 65 s where left out. */
  readonly connectTimeout?: number;
  readonly answerTimeout?: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  /** From 0 to 1. */
  readonly random?: () => number;
}

interface Shared {
  readonly config: ClusterConfig;
  readonly caller: Caller;
  readonly transport: Transport;
  readonly discovery: Discovery;
  readonly flow: KubeClient['flow'];
  readonly version: { value?: Promise<{ readonly gitVersion: string }> };
}

// Above what flow control ever lets through, urgent requests included.
const spareConnections = 8;

/** A client for the server of a configuration. No call is made before one is needed. */
export function createKubeClient(config: ClusterConfig, options: ClientOptions = {}): KubeClient {
  const now = options.now ?? (() => performance.now());
  const random = options.random ?? Math.random;
  const flow = createFlow({ now, random, ...options.flow });
  const transport = createTransport(config, {
    connections: (options.flow?.maximum ?? 48) + spareConnections,
    ...(options.connectTimeout === undefined ? {} : { connectTimeout: options.connectTimeout }),
    ...(options.answerTimeout === undefined ? {} : { answerTimeout: options.answerTimeout }),
  });
  const caller = createCaller({
    server: config.server,
    transport,
    credentials: config.credentials,
    flow,
    patience: options.patience ?? 30_000,
    now,
    random,
    onUnknownPath: () => discovery.forget(),
  });
  const headers = ['accept', 'application/json', 'user-agent', options.userAgent ?? 'plumbline'];
  const own = config.impersonate === undefined ? [] : impersonationHeaders(config.impersonate);
  const discovery: Discovery = createDiscovery({
    now,
    request: (request) => rawRequest(caller, [...headers, ...own], request),
  });
  return clientWith({ config, caller, transport, discovery, flow, version: {} }, headers, own);
}

function clientWith(shared: Shared, base: readonly string[], impersonation: readonly string[]): KubeClient {
  const { caller, discovery, config } = shared;
  const headers = [...base, ...impersonation];
  const verbs: VerbParts = { caller, discovery, headers };
  const request = (raw: RawRequest): Promise<RawAnswer> => rawRequest(caller, headers, raw);
  return {
    server: config.server,
    namespace: config.namespace,
    discovery,
    counters: caller.counters,
    flow: shared.flow,
    request,
    version(options) {
      shared.version.value ??= readVersion(request, options).catch((error: unknown) => {
        delete shared.version.value;
        throw error;
      });
      return shared.version.value;
    },
    get: (ref, options = {}) => getObject(verbs, ref, options),
    list: (kind, options = {}) =>
      listObjects(
        {
          caller,
          headers: mergedHeaders(headers, options.metadataOnly === true ? ['accept', metadataOf.list] : []),
          resource: async (each, limits) => discovery.resource(each, limits),
        },
        kind,
        options,
      ),
    apply: (object, options) => applyObject(verbs, object, options),
    create: (object, options = {}) => createObject(verbs, object, options),
    update: (object, options = {}) => updateObject(verbs, object, options),
    patch: (ref, patch, options) => patchObject(verbs, ref, patch, options),
    delete: (ref, options = {}) => deleteObject(verbs, ref, options),
    stream: (stream) => openStream(caller, headers, stream),
    as: (user) => clientWith(shared, base, impersonationHeaders(user)),
    close: () => shared.transport.close(),
  };
}

async function readVersion(
  request: (raw: RawRequest) => Promise<RawAnswer>,
  options: Parameters<KubeClient['version']>[0],
): Promise<{ readonly gitVersion: string }> {
  const version = (await request({ method: 'GET', path: '/version', verb: 'version', ...options })).json();
  const gitVersion = isFields(version) ? version['gitVersion'] : undefined;
  return { gitVersion: typeof gitVersion === 'string' ? gitVersion : '' };
}

async function rawRequest(caller: Caller, base: readonly string[], raw: RawRequest): Promise<RawAnswer> {
  const { method, path, query, body, headers = {}, idempotent, verb, object, onWarning, ...limits } = raw;
  const own = pairs(headers);
  const answer = await caller.send({
    ...limits,
    verb: verb ?? method.toLowerCase(),
    method,
    path: path + queryString(query),
    headers: mergedHeaders(body === undefined ? base : [...base, 'content-type', 'application/json'], own),
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    idempotent: idempotent ?? (method !== 'POST' && method !== 'PATCH'),
    timed: false,
    context: { ...(object === undefined ? {} : { object }), sent: body },
  });
  tellWarnings(answer.headers['warning'], onWarning);
  return {
    status: answer.status,
    contentType: String(answer.headers['content-type'] ?? ''),
    body: answer.body,
    json: () => parseJson(answer.body),
  };
}

function pairs(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(headers).flatMap(([name, value]) => [name.toLowerCase(), value]);
}

/** The second list wins; impersonation headers of the first stay whatever the second says. */
function mergedHeaders(base: readonly string[], own: readonly string[]): readonly string[] {
  if (own.length === 0) return base;
  const replaced = new Set(own.filter((_, index) => index % 2 === 0 && !own[index]?.startsWith('impersonate-')));
  const merged: string[] = [];
  for (let index = 0; index < base.length; index += 2) {
    const [name = '', value = ''] = base.slice(index, index + 2);
    if (!replaced.has(name)) merged.push(name, value);
  }
  for (let index = 0; index < own.length; index += 2) {
    const [name = '', value = ''] = own.slice(index, index + 2);
    if (replaced.has(name)) merged.push(name, value);
  }
  return merged;
}

function openStream(
  caller: Caller,
  headers: readonly string[],
  stream: StreamRequest,
): ReturnType<KubeClient['stream']> {
  return caller.stream(
    {
      verb: stream.verb ?? 'watch',
      method: 'GET',
      path: stream.path + queryString(stream.query),
      headers: mergedHeaders(headers, pairs(stream.headers ?? {})),
      idempotent: true,
      timed: false,
      signal: stream.signal,
      context: stream.object === undefined ? {} : { object: stream.object },
    },
    { idleTimeout: stream.idleTimeout, onOpen: stream.onOpen, onData: stream.onData },
  );
}

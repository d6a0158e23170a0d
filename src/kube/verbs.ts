import type { KubeObject, ObjectKey } from '../object.ts';
import { groupOf, keyOf } from '../object.ts';
import type { Call, Caller } from './caller.ts';
import { maskFor } from './mask.ts';
import { parseJson, isObject, parseObject } from './object-answer.ts';
import { homePath, objectPath, queryString } from './paths.ts';
import type { RequestContext } from './status.ts';
import type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  DeleteResult,
  Discovery,
  KindRef,
  ObjectRef,
  PatchOptions,
  Resource,
  WriteOptions,
} from './types.ts';
import { tellWarnings } from './warnings.ts';
import { PlumbError } from '../errors.ts';

/** What the verbs need from their client. */
export interface VerbParts {
  readonly caller: Caller;
  readonly discovery: Discovery;
  /** Headers of every request, in pairs: accept, user-agent, impersonation. */
  readonly headers: readonly string[];
}

const contentTypes = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  // JSON is YAML too, and the server wants this name.
  apply: 'application/apply-patch+yaml',
} as const;

function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf('/') + 1);
}

/** The resource of a kind; no waiting where it is known. */
export function lookUp(parts: VerbParts, kind: KindRef, options: CallOptions): Resource | Promise<Resource> {
  return parts.discovery.find(kind) ?? parts.discovery.resource(kind, options);
}

const kindOfRef = (ref: ObjectRef): KindRef =>
  ref.apiVersion === undefined
    ? { group: ref.group, kind: ref.kind }
    : { group: ref.group, kind: ref.kind, version: versionOf(ref.apiVersion) };

const kindOfObject = (object: KubeObject): KindRef => ({
  group: groupOf(object.apiVersion),
  version: versionOf(object.apiVersion),
  kind: object.kind,
});

function limits(options: CallOptions): CallOptions {
  const { signal, priority, patience } = options;
  return {
    ...(signal === undefined ? {} : { signal }),
    ...(priority === undefined ? {} : { priority }),
    ...(patience === undefined ? {} : { patience }),
  };
}

/** Reads one object; undefined where it is not there. */
export async function getObject(
  parts: VerbParts,
  ref: ObjectRef,
  options: CallOptions,
): Promise<KubeObject | undefined> {
  const resource = await lookUp(parts, kindOfRef(ref), options);
  try {
    const { body } = await parts.caller.send({
      ...limits(options),
      verb: 'get',
      method: 'GET',
      path: objectPath(resource, ref),
      headers: parts.headers,
      idempotent: true,
      timed: true,
      context: { object: ref },
    });
    return parseObject(body);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof PlumbError && (error.code === 'kube.not-found' || error.code === 'kube.namespace-not-found');
}

interface Write extends Pick<Call, 'verb' | 'method' | 'idempotent' | 'context'> {
  readonly path: string;
  readonly query: Readonly<Record<string, string | boolean | undefined>>;
  readonly contentType: string;
  readonly body: unknown;
}

async function write(parts: VerbParts, request: Write, options: WriteOptions): Promise<KubeObject> {
  const query = queryString({
    fieldManager: options.fieldManager,
    ...request.query,
    dryRun: options.dryRun ? 'All' : undefined,
    fieldValidation: options.fieldValidation,
  });
  const answer = await parts.caller.send({
    ...limits(options),
    verb: request.verb,
    method: request.method,
    path: request.path + query,
    headers: [...parts.headers, 'content-type', request.contentType],
    body: JSON.stringify(request.body),
    idempotent: request.idempotent,
    timed: true,
    context: request.context,
  });
  tellMaskedWarnings(answer.headers['warning'], options.onWarning, request.context);
  return parseObject(answer.body);
}

function tellMaskedWarnings(
  header: string | string[] | undefined,
  tell: WriteOptions['onWarning'],
  context: RequestContext,
): void {
  if (header === undefined || tell === undefined) return;
  const mask = maskFor(context.object?.kind, context.sent);
  tellWarnings(header, (text) => tell(mask(text)));
}

/** Server-side apply. */
export async function applyObject(parts: VerbParts, object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
  const key = keyOf(object);
  const resource = await lookUp(parts, kindOfObject(object), options);
  return write(
    parts,
    {
      verb: 'apply',
      method: 'PATCH',
      path: objectPath(resource, key, options.subresource),
      query: { force: options.force ? true : undefined },
      contentType: contentTypes.apply,
      body: object,
      idempotent: true,
      context: { object: key, sent: object },
    },
    options,
  );
}

/** Creates an object that must not be there yet. */
export async function createObject(parts: VerbParts, object: KubeObject, options: WriteOptions): Promise<KubeObject> {
  const key = keyOf(object);
  const resource = await lookUp(parts, kindOfObject(object), options);
  return write(
    parts,
    {
      verb: 'create',
      method: 'POST',
      path: homePath(resource, key),
      query: {},
      contentType: 'application/json',
      body: object,
      idempotent: false,
      context: { object: key, sent: object },
    },
    options,
  );
}

/** Replaces an object. */
export async function updateObject(
  parts: VerbParts,
  object: KubeObject,
  options: WriteOptions & { readonly subresource?: string },
): Promise<KubeObject> {
  const key = keyOf(object);
  const resource = await lookUp(parts, kindOfObject(object), options);
  return write(
    parts,
    {
      verb: 'update',
      method: 'PUT',
      path: objectPath(resource, key, options.subresource),
      query: {},
      contentType: 'application/json',
      body: object,
      // With a resourceVersion the second of two is refused, though the first was done: the caller must know.
      idempotent: object.metadata.resourceVersion === undefined,
      context: { object: key, sent: object },
    },
    options,
  );
}

/** Changes a part of an object. */
export async function patchObject(
  parts: VerbParts,
  ref: ObjectRef,
  patch: unknown,
  options: PatchOptions,
): Promise<KubeObject> {
  const resource = await lookUp(parts, kindOfRef(ref), options);
  return write(
    parts,
    {
      verb: options.type === 'apply' ? 'apply' : 'patch',
      method: 'PATCH',
      path: objectPath(resource, ref, options.subresource),
      query: { force: options.type === 'apply' && options.force ? true : undefined },
      contentType: contentTypes[options.type],
      body: patch,
      // A merge patch says what the result is; a JSON patch may append.
      idempotent: options.type !== 'json',
      context: { object: bareKey(ref), sent: patch },
    },
    options,
  );
}

function bareKey(ref: ObjectRef): ObjectKey {
  return { group: ref.group, kind: ref.kind, namespace: ref.namespace, name: ref.name };
}

/** Deletes an object; that it is not there is no failure. */
export async function deleteObject(parts: VerbParts, ref: ObjectRef, options: DeleteOptions): Promise<DeleteResult> {
  const resource = await lookUp(parts, kindOfRef(ref), options);
  const body = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...(options.propagation === undefined ? {} : { propagationPolicy: options.propagation }),
    ...(options.preconditions === undefined ? {} : { preconditions: options.preconditions }),
    ...(options.dryRun ? { dryRun: ['All'] } : {}),
  };
  try {
    const answer = await parts.caller.send({
      ...limits(options),
      verb: 'delete',
      method: 'DELETE',
      path: objectPath(resource, ref),
      headers: [...parts.headers, 'content-type', 'application/json'],
      body: JSON.stringify(body),
      // Without an uid a repeated call may hit an object that somebody made anew meanwhile: rare, and what was asked.
      idempotent: true,
      timed: true,
      context: { object: bareKey(ref) },
    });
    const value = parseJson(answer.body);
    return isObject(value) && value.kind !== 'Status' && isHeld(value)
      ? { state: 'deleting', object: value }
      : { state: 'gone' };
  } catch (error) {
    if (isNotFound(error)) return { state: 'gone' };
    throw error;
  }
}

/**
 * Some kinds answer with the object though it is gone: only what holds it tells the two apart. A Namespace is held by
 * finalizers of its own, in its spec, until all that it holds has gone.
 */
function isHeld({ kind, metadata, spec }: KubeObject): boolean {
  const grace = metadata.deletionGracePeriodSeconds ?? 0;
  const own = kind === 'Namespace' ? (spec as { readonly finalizers?: readonly unknown[] } | undefined) : undefined;
  const holders = (metadata.finalizers?.length ?? 0) + (own?.finalizers?.length ?? 0);
  return metadata.deletionTimestamp !== undefined && (grace > 0 || holders > 0);
}

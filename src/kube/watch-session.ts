import { PlumbError, problemsOf } from '../errors.ts';
import { createLineSplitter } from './lines.ts';
import { metadataOf } from './metadata-only.ts';
import { collectionPath } from './paths.ts';
import { statusError } from './status.ts';
import type { KindRef, KubeClient, RawRequest, Resource } from './types.ts';
import { parseWatchEvent } from './watch-event.ts';
import type { WatchStore } from './watch-store.ts';

/** One connection's worth of a watch. */
export interface SessionParts {
  readonly client: KubeClient;
  readonly kind: KindRef;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly metadataOnly?: boolean;
  /** Where to go on; undefined reads everything first. */
  readonly from: string | undefined;
  /** Whether everything may be read as the beginning of the watch, instead of page by page. */
  readonly streamingList: boolean;
  readonly stallTimeout: number;
  readonly seconds: number;
  readonly store: Pick<WatchStore<unknown>, 'put' | 'remove' | 'beginRelist' | 'endRelist'>;
  readonly signal: AbortSignal;
  /** The store shows the cluster at this version; later watches go on from it. */
  readonly onVersion: (resourceVersion: string) => void;
  /** The store is complete and the watch is open. */
  readonly onLive: () => void;
}

/** Why a session ended. */
export type SessionEnd =
  | { readonly state: 'ended' | 'stalled' }
  /** The server does not remember `from`: everything has to be read again. */
  | { readonly state: 'expired' }
  | { readonly state: 'no-streaming-list' }
  | {
      readonly state: 'failed';
      readonly error: PlumbError;
      /** Milliseconds that the server asks to wait. */
      readonly wait?: number;
      /** True where the server answered: it was there, and did not want. */
      readonly refused: boolean;
    };

// Far above what etcd stores in one object.
const longestLine = 32 * 1024 * 1024;

/** Reads everything where needed, then follows the changes until the connection ends. Rejects only when aborted. */
export async function runSession(parts: SessionParts): Promise<SessionEnd> {
  try {
    const resource = await parts.client.discovery.resource(parts.kind, { signal: parts.signal, priority: 'high' });
    let from = parts.from;
    if (from === undefined && !parts.streamingList) from = await readList(parts);
    return await follow(parts, resource, from);
  } catch (error) {
    if (parts.signal.aborted) throw error;
    const failure = error instanceof PlumbError ? error : new PlumbError(problemsOf(error), { cause: error });
    if (failure.code === 'kube.expired') return { state: 'expired' };
    return { state: 'failed', error: failure, refused: failure.code !== 'kube.unreachable' };
  }
}

async function readList(parts: SessionParts): Promise<string> {
  parts.store.beginRelist();
  const { namespace, labelSelector, fieldSelector, metadataOnly } = parts;
  const list = parts.client.list(parts.kind, {
    signal: parts.signal,
    priority: 'high',
    ...(namespace === undefined ? {} : { namespace }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
    ...(metadataOnly === undefined ? {} : { metadataOnly }),
  });
  for await (const object of list) parts.store.put(object);
  const version = list.resourceVersion ?? '';
  parts.store.endRelist(version);
  parts.onVersion(version);
  return version;
}

function queryOf(parts: SessionParts, from: string | undefined): RawRequest['query'] {
  return {
    watch: true,
    allowWatchBookmarks: true,
    labelSelector: parts.labelSelector,
    fieldSelector: parts.fieldSelector,
    timeoutSeconds: parts.seconds,
    ...(from === undefined
      ? { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }
      : { resourceVersion: from }),
  };
}

async function follow(parts: SessionParts, resource: Resource, from: string | undefined): Promise<SessionEnd> {
  const { store } = parts;
  let complete = from !== undefined;
  let verdict: SessionEnd | undefined;
  if (!complete) store.beginRelist();

  const onLine = (line: string): void => {
    if (parts.signal.aborted || verdict !== undefined) return;
    const event = parseWatchEvent(line);
    switch (event.type) {
      case 'ADDED':
      case 'MODIFIED':
        store.put(event.object);
        if (complete) parts.onVersion(event.object.metadata.resourceVersion ?? '');
        return;
      case 'DELETED':
        store.remove(event.object);
        if (complete) parts.onVersion(event.object.metadata.resourceVersion ?? '');
        return;
      case 'BOOKMARK':
        if (!complete && !event.initial) return;
        parts.onVersion(event.resourceVersion);
        if (complete) return;
        complete = true;
        store.endRelist(event.resourceVersion);
        parts.onLive();
        return;
      case 'ERROR':
        verdict = errorEvent(event.status, parts);
    }
  };
  const splitter = createLineSplitter(onLine, longestLine);
  const end = await parts.client.stream({
    path: collectionPath(resource, parts.namespace),
    query: queryOf(parts, from),
    ...(parts.metadataOnly === true ? { headers: { accept: metadataOf.watch } } : {}),
    signal: parts.signal,
    idleTimeout: parts.stallTimeout,
    object: { group: resource.group, kind: resource.kind, namespace: parts.namespace ?? '', name: '' },
    onOpen: () => {
      if (complete) parts.onLive();
    },
    onData: (chunk) => splitter.push(chunk),
  });
  if (verdict !== undefined) return verdict;
  if (end.state !== 'failed') return { state: end.state };
  const { code } = end.error;
  if (code === 'kube.expired') return { state: 'expired' };
  if (from === undefined && (code === 'kube.invalid' || code === 'kube.bad-request'))
    return { state: 'no-streaming-list' };
  return { ...end, refused: code !== 'kube.unreachable' };
}

function errorEvent(status: Parameters<typeof statusError>[0], parts: SessionParts): SessionEnd {
  if (status.code === 410 || status.reason === 'Expired' || status.reason === 'Gone') return { state: 'expired' };
  const object = { group: parts.kind.group, kind: parts.kind.kind, namespace: parts.namespace ?? '', name: '' };
  return { state: 'failed', error: statusError(status, { object }), refused: true };
}

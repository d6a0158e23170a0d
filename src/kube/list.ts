import { plumbError } from '../errors.ts';
import type { KubeObject } from '../object.ts';
import type { Call, Caller } from './caller.ts';
import { isFields } from './decode.ts';
import { isObject, parseJson } from './object-answer.ts';
import { collectionPath, queryString } from './paths.ts';
import type { KindRef, ListOptions, ObjectList, Resource } from './types.ts';

/** What a list needs from its client. */
export interface ListParts {
  readonly caller: Caller;
  readonly headers: readonly string[];
  readonly resource: (kind: KindRef, options: ListOptions) => Promise<Resource>;
}

interface Page {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  readonly next: string;
}

/** Objects of a kind, a page at a time: no more than one page is held. */
export function listObjects(parts: ListParts, kind: KindRef, options: ListOptions): ObjectList {
  let resourceVersion: string | undefined;
  return {
    get resourceVersion() {
      return resourceVersion;
    },
    async *[Symbol.asyncIterator]() {
      const resource = await parts.resource(kind, options);
      let next = '';
      do {
        const page = await readPage(parts, resource, options, next);
        resourceVersion = page.resourceVersion;
        next = page.next;
        yield* page.items;
      } while (next !== '');
    },
  };
}

async function readPage(parts: ListParts, resource: Resource, options: ListOptions, next: string): Promise<Page> {
  const query = queryString({
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
    limit: options.chunk ?? 500,
    continue: next === '' ? undefined : next,
  });
  const call: Call = {
    verb: 'list',
    method: 'GET',
    path: collectionPath(resource, options.namespace) + query,
    headers: parts.headers,
    idempotent: true,
    timed: false,
    context: { object: { group: resource.group, kind: resource.kind, namespace: options.namespace ?? '', name: '' } },
    ...options,
  };
  const { body } = await parts.caller.send(call);
  return parsePage(parseJson(body), resource);
}

function parsePage(list: unknown, resource: Resource): Page {
  if (!isFields(list) || !isFields(list['metadata']) || !(list['items'] === null || Array.isArray(list['items']))) {
    throw plumbError('kube.protocol', 'the API server answered with something that is not a list');
  }
  const { resourceVersion, continue: next } = list['metadata'];
  const items: KubeObject[] = [];
  for (const item of list['items'] ?? []) {
    // The items of a list do without these, as the list names them once.
    const object: unknown = isFields(item) ? { apiVersion: resource.apiVersion, kind: resource.kind, ...item } : item;
    if (!isObject(object)) throw plumbError('kube.protocol', 'the API server listed something that is not an object');
    items.push(object);
  }
  return {
    items,
    resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '',
    next: typeof next === 'string' ? next : '',
  };
}

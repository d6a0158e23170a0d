import { plumbError } from '../errors.ts';
import type { KubeObject } from '../object.ts';
import { isFields } from './decode.ts';
import { isObject } from './object-answer.ts';
import { parseStatus, type Status } from './status.ts';

/** One line of a watch. */
export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject }
  /** Everything up to `resourceVersion` has been sent; `initial`: so has the state at the beginning. */
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly initial: boolean }
  | { readonly type: 'ERROR'; readonly status: Status };

const initialEventsEnd = 'k8s.io/initial-events-end';

/** Reads one line of a watch. */
export function parseWatchEvent(line: string): WatchEvent {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // Not the parser's own words: they quote the line.
    throw plumbError('kube.protocol', 'a line of the watch is not JSON');
  }
  if (isFields(value)) {
    const { type, object } = value;
    if (type === 'ERROR') {
      const status = parseStatus(object);
      if (status !== undefined) return { type, status };
    } else if (isObject(object)) {
      if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') return { type, object };
      if (type === 'BOOKMARK') {
        const { resourceVersion = '', annotations } = object.metadata;
        return { type, resourceVersion, initial: annotations?.[initialEventsEnd] === 'true' };
      }
    }
  }
  throw plumbError('kube.protocol', 'a line of the watch is not an event that Plumbline knows');
}

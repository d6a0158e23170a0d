import { LRUCache } from 'lru-cache';
import type { ObjectKey } from '../../object.ts';

/** One thing that was done for a resource, as its Event in the cluster says it too. */
export interface LogEntry {
  /** Uid of the Event. */
  readonly uid: string;
  /** RFC 3339. */
  readonly at: string;
  readonly type: 'Normal' | 'Warning';
  /** One word for programs: `Synced`, `SyncFailed`, `DriftReverted`, … */
  readonly reason: string;
  /** For people; its first line is a summary, and each object that was touched has one more. */
  readonly message: string;
}

type About = Pick<ObjectKey, 'kind' | 'namespace' | 'name'>;

/** What was done, by the resource that it was done for. */
export interface SyncLog {
  add(about: About, entry: LogEntry): void;
  /** The oldest first. */
  of(about: About): readonly LogEntry[];
  forget(about: About): void;
}

const idOf = ({ kind, namespace, name }: About): string => `${kind} ${namespace}/${name}`;

/** Remembers the last entries of each resource, and of so many resources; who had the oldest last entry goes first. */
export function createSyncLog({
  entries,
  resources,
}: {
  readonly entries: number;
  readonly resources: number;
}): SyncLog {
  const logs = new LRUCache<string, readonly LogEntry[]>({ max: resources });
  return {
    add(about, entry) {
      const id = idOf(about);
      logs.set(id, [...(logs.peek(id) ?? []), entry].slice(-entries));
    },
    of: (about) => logs.peek(idOf(about)) ?? [],
    forget: (about) => void logs.delete(idOf(about)),
  };
}

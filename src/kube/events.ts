import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { formatKey, type ObjectKey } from '../object.ts';
import type { KubeClient } from './types.ts';

/** Something that happened to a resource, for `kubectl describe`, `plumb logs` and alerting. */
export interface EventInput {
  readonly about: ObjectKey & { readonly apiVersion: string; readonly uid: string | undefined };
  readonly type: 'Normal' | 'Warning';
  /** One word for programs: `Synced`, `SyncFailed`, `DriftReverted`, … */
  readonly reason: string;
  /** For people; cut at the 1,024 bytes that the API server takes. */
  readonly message: string;
  /** What was being done: `Sync`, `Fetch`, … */
  readonly action: string;
}

/** How an Event stands in the cluster. */
export interface WrittenEvent {
  /** Its name where it could not be written. */
  readonly uid: string;
  /** RFC 3339. */
  readonly at: string;
}

/** Writes Events; never waits, never fails its caller. */
export interface EventRecorder {
  record(event: EventInput): void;
  /** Resolves when all that was recorded is written or given up. */
  flush(): Promise<void>;
}

const messageLimit = 1024;
/** Of a name, so that with a dot and 16 digits it stays one that the API server takes (253 bytes). */
const nameLimit = 236;
/** Resources whose last Event is remembered. */
const remembered = 10_000;

function cut(message: string): string {
  const bytes = Buffer.from(message);
  return bytes.length <= messageLimit ? message : `${bytes.subarray(0, messageLimit - 4).toString('utf8')}…`;
}

/**
 * An Event is for people and costs a call: one is written for each thing that happened, and a repetition of
 * the last one about the same resource is left out.
 */
export function createEventRecorder(options: {
  readonly client: KubeClient;
  /** Who writes them: `plumbline.dev/controller` where left out. */
  readonly controller?: string;
  readonly instance: string;
  readonly now: () => Date;
  readonly onError: (error: unknown) => void;
  /** Told of each Event once it is written, or was given up. */
  readonly onRecorded?: (event: EventInput, written: WrittenEvent) => void;
  readonly signal: AbortSignal;
}): EventRecorder {
  const last = new LRUCache<string, string>({ max: remembered });
  const writing = new Set<Promise<void>>();

  const write = async (input: EventInput): Promise<void> => {
    const at = options.now().toISOString().replace('Z', '000Z');
    const { about } = input;
    const name = `${about.name.slice(0, nameLimit).replace(/[.-]+$/, '')}.${randomBytes(8).toString('hex')}`;
    let uid = name;
    try {
      const created = await options.client.create(
        {
          apiVersion: 'events.k8s.io/v1',
          kind: 'Event',
          // As Kubernetes has it: what is about an object of no namespace lies in this one.
          metadata: { name, namespace: about.namespace === '' ? 'default' : about.namespace },
          eventTime: at,
          reportingController: options.controller ?? 'plumbline.dev/controller',
          reportingInstance: options.instance,
          type: input.type,
          reason: input.reason,
          action: input.action,
          note: cut(input.message),
          regarding: {
            apiVersion: about.apiVersion,
            kind: about.kind,
            ...(about.namespace === '' ? {} : { namespace: about.namespace }),
            name: about.name,
            ...(about.uid === undefined ? {} : { uid: about.uid }),
          },
        },
        { signal: options.signal },
      );
      uid = created.metadata.uid ?? name;
    } catch (error) {
      if (!options.signal.aborted) options.onError(error);
    }
    options.onRecorded?.(input, { uid, at });
  };

  return {
    record(input) {
      const id = formatKey(input.about);
      const text = `${input.reason} ${input.message}`;
      if (last.get(id) === text) return;
      last.set(id, text);
      const done = write(input).finally(() => writing.delete(done));
      writing.add(done);
    },
    async flush() {
      await Promise.all(writing);
    },
  };
}

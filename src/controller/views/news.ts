import { isDeepStrictEqual } from 'node:util';
import type { Application } from '../../api/index.ts';
import { group } from '../../names.ts';
import type { EventInput, WrittenEvent } from '../../kube/index.ts';
import { type Changes, createChangeLog, type ViewChange } from './changes.ts';
import { createSyncLog, type SyncLog } from './sync-log.ts';

/** Changes that are remembered for those who lost their connection: some minutes of a busy cluster, about 1 MiB. */
const rememberedChanges = 8_192;
/** What is remembered of what was done: about 1 KiB an entry. */
const remembered = { entries: 50, resources: 5_000 };

/** What the views tell of what happens. */
export interface News {
  readonly changes: Changes;
  readonly log: SyncLog;
  /** A resource (`namespace/name`) changed. */
  add(kind: ViewChange['kind'], id: string, type: ViewChange['type']): void;
  /** The watch shows an Application: told only where something but its status, which is told as it is written, is another. */
  shown(before: Application | undefined, after: Application): void;
  /** Something was done for a resource. */
  recorded(event: EventInput, written: WrittenEvent): void;
}

/** Nothing has happened yet. */
export function createNews({ now, random }: { readonly now: () => number; readonly random: () => number }): News {
  const epoch = `${Math.floor(now()).toString(36)}${Math.floor(random() * 36 ** 6).toString(36)}`;
  const changes = createChangeLog({ epoch, capacity: rememberedChanges, now });
  const log = createSyncLog(remembered);
  const add: News['add'] = (kind, id, type) => {
    const [namespace = '', name = ''] = id.split('/');
    changes.add({ kind, namespace, name, type });
    if (type === 'deleted') log.forget({ kind, namespace, name });
  };
  return {
    changes,
    log,
    add,
    shown(before, after) {
      if (isDeepStrictEqual(withoutStatus(before), withoutStatus(after))) return;
      add('Application', `${after.metadata.namespace}/${after.metadata.name}`, 'changed');
    },
    recorded({ about, type, reason, message }, written) {
      const { kind, namespace, name } = about;
      if (about.group !== group || (kind !== 'Application' && kind !== 'Repository')) return;
      log.add(about, { ...written, type, reason, message });
      changes.add({ kind, namespace, name, type: 'logged' });
    },
  };
}

function withoutStatus(application: Application | undefined): object | undefined {
  if (application === undefined) return undefined;
  const { metadata, spec } = application;
  return { metadata: { ...metadata, resourceVersion: '' }, spec };
}

import type { Application, Repository } from '../../src/api/index.ts';
import type { Views } from '../../src/controller/index.ts';
import { type ChangeLog, createChangeLog } from '../../src/controller/views/changes.ts';

/** What a controller would know, as a test says. */
export interface TestViews extends Views {
  readonly changes: ChangeLog & { readonly listeners: number };
  readonly all: Map<string, Application>;
}

/** Views with the Applications that a test puts into `all`, and changes that it adds. */
export function testViews({ capacity = 100_000, epoch = 'test' } = {}): TestViews {
  const log = createChangeLog({ epoch, capacity, now: () => 1_790_000_000_000 });
  const all = new Map<string, Application>();
  const none = new Map<string, Repository>();
  let listeners = 0;
  return {
    all,
    applications: () => all.values(),
    measures: () => [],
    application: (namespace, name) => all.get(`${namespace}/${name}`),
    repositories: () => none.values(),
    repository: (namespace, name) => none.get(`${namespace}/${name}`),
    objects: () => undefined,
    judge: () => undefined,
    diff: async () => undefined,
    owners: async () => undefined,
    prune: async () => undefined,
    dryRun: async () => undefined,
    logs: () => [],
    changes: {
      epoch,
      get last() {
        return log.last;
      },
      get listeners() {
        return listeners;
      },
      after: (number) => log.after(number),
      add: (change) => log.add(change),
      subscribe(listener) {
        listeners += 1;
        const stop = log.subscribe(listener);
        return () => {
          listeners -= 1;
          stop();
        };
      },
    },
  };
}

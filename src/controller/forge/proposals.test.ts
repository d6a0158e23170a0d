import { expect, test } from 'vitest';
import type { Version } from '../rendering/origin.ts';
import { mayReadSubmodules, type Proposals } from './proposals.ts';

const head: Version = { revision: 'a', content: 'b', ref: 'refs/pull/1/head', at: new Date(0), subject: '' };

function unused(): never {
  throw new Error('nothing else is asked');
}

/** The one thing of proposals that is looked at: a tree in which these paths are submodules. */
function proposing(readsSubmodules: boolean, ...submodules: readonly string[]): Proposals {
  return {
    readsSubmodules,
    fetch: unused,
    mergeBase: unused,
    changes: unused,
    forget: unused,
    tree: async () => ({
      stat: async (path) => ({ kind: submodules.includes(path) ? 'directory' : 'file', id: path }),
      read: unused,
      list: unused,
    }),
  };
}
const changed = (...paths: readonly string[]) => paths.map((path) => ({ path, change: 'modified' as const }));

const cases: readonly (readonly [string, Proposals, readonly string[], boolean, boolean])[] = [
  ['a repository that reads none', proposing(false), ['a.yaml'], false, false],
  ['a branch that changes files', proposing(true), ['a.yaml'], false, true],
  ['a branch that moves a submodule', proposing(true, 'lib'), ['lib'], false, true],
  ['a branch that says where submodules are', proposing(true), ['.gitmodules'], false, false],
  ['a fork that changes files', proposing(true, 'lib'), ['a.yaml'], true, true],
  ['a fork that moves a submodule', proposing(true, 'lib'), ['a.yaml', 'lib'], true, false],
  ['a fork that says where submodules are', proposing(true), ['.gitmodules'], true, false],
];

test.each(cases)('%s', async (_name, proposals, paths, isFork, may) => {
  expect(await mayReadSubmodules(proposals, head, changed(...paths), isFork)).toBe(may);
});

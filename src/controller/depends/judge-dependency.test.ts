import { expect, test } from 'vitest';
import type { Version } from '../rendering/origin.ts';
import { judgeRevision } from './judge-dependency.ts';

const version = (revision: string): Version => ({ revision, content: '', ref: '', at: new Date(0), subject: '' });
const at = (revision: string) => ({
  rendered: {
    state: 'failed' as const,
    inputs: '',
    versions: [{ group: 'theirs', version: version(revision) }] as const,
    problems: [{ code: 'internal' as const, message: '' }] as const,
  },
});
const order = ['one', 'two', 'three'];
const isAncestor = async (older: Version, newer: Version): Promise<boolean> =>
  order.indexOf(older.revision) <= order.indexOf(newer.revision);
const theirs = { line: 'repository@main', group: 'theirs', isAncestor };
const ours = { ...theirs, group: 'ours', version: version('two') };

test('by Repositories of their own, the dependency has to be at the same commit or a later one', async () => {
  expect(await judgeRevision('prod/base', at('one'), [theirs], [ours])).toEqual({
    reason: 'DependencyNotReady',
    message: 'prod/base is at one, and not at two or later',
  });
  expect(await judgeRevision('prod/base', at('two'), [theirs], [ours])).toBeUndefined();
  expect(await judgeRevision('prod/base', at('three'), [theirs], [ours])).toBeUndefined();
});

test('another reference, and versions that do not follow one another, are not compared', async () => {
  const other = { ...theirs, line: 'repository@release' };
  expect(await judgeRevision('prod/base', at('one'), [other], [ours])).toBeUndefined();
  expect(await judgeRevision('prod/base', at('one'), [{ ...theirs, isAncestor: undefined }], [ours])).toBeUndefined();
});

import { expect, test } from 'vitest';
import { type Problem, problemsOf } from '../errors.ts';
import type { KubeObject } from '../object.ts';
import { replayed } from './replay.ts';

const key = { group: 'apps', kind: 'Deployment', namespace: 'n', name: 'web' };
const web = (spec: object): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'n' },
  spec,
});
const base = web({ replicas: 1, paused: false });

function conflictsOf(base_: KubeObject | undefined, ours: KubeObject | undefined, theirs: KubeObject | undefined) {
  try {
    replayed({ key, base: base_, ours }, theirs);
  } catch (error) {
    return problemsOf(error).map(({ code, where, sides }: Problem) => [code, where?.field, sides]);
  }
  return [];
}

test('upon what was seen, the wish is made; upon what others changed elsewhere, both are', () => {
  const ours = web({ replicas: 2, paused: false });
  expect(replayed({ key, base, ours }, base)).toEqual({ kind: 'put', object: ours });
  expect(replayed({ key, base, ours }, web({ replicas: 1, paused: true }))).toEqual({
    kind: 'put',
    object: web({ replicas: 2, paused: true }),
  });
  expect(replayed({ key, base, ours }, ours)).toEqual({ kind: 'nothing' });
  expect(replayed({ key, base, ours: undefined }, base)).toEqual({ kind: 'remove' });
  expect(replayed({ key, base, ours: undefined }, undefined)).toEqual({ kind: 'nothing' });
});

test('a conflict tells the field and both sides', () => {
  const conflicts = conflictsOf(base, web({ replicas: 2, paused: false }), web({ replicas: 3, paused: false }));
  expect(conflicts).toEqual([['writeback.conflict', 'spec.replicas', { base: 1, ours: 2, theirs: 3 }]]);
});

test('what others changed is not deleted, what they deleted is not changed, and what they made is not made again', () => {
  const theirs = web({ replicas: 3, paused: false });
  expect(conflictsOf(base, undefined, theirs)).toEqual([
    ['writeback.conflict', 'spec.replicas', { base: 1, ours: null, theirs: 3 }],
  ]);
  expect(conflictsOf(base, web({ replicas: 2 }), undefined)).toEqual([['writeback.conflict', undefined, undefined]]);
  expect(conflictsOf(undefined, web({ replicas: 2 }), web({ replicas: 3 }))).toEqual([
    ['writeback.conflict', 'spec.replicas', { base: null, ours: 2, theirs: 3 }],
  ]);
});

const secret = (value: string) => ({ ...web({}), apiVersion: 'v1', kind: 'Secret', data: { a: value } });

test('a conflict about a Secret tells no value', () => {
  try {
    replayed({ key: { ...key, group: '', kind: 'Secret' }, base: secret('x1'), ours: secret('x2') }, secret('x3'));
    expect.unreachable();
  } catch (error) {
    const [problem] = problemsOf(error);
    expect(problem).toMatchObject({ code: 'writeback.conflict', where: { field: 'data.a' } });
    expect(JSON.stringify(problem)).not.toMatch(/x[123]/);
  }
});

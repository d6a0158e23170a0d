import { expect, test } from 'vitest';
import type { SimulatedDeletion } from '../../sync/index.ts';
import type { Session } from '../session.ts';
import { deletionsPerMinuteOf, printPrune } from './prune.ts';

/** What is shown of these deletions, and what is said beside it. */
async function shown(deletions: readonly SimulatedDeletion[], perMinute = 1_000, output?: string) {
  const out: string[] = [];
  const said: string[] = [];
  const session = {
    options: output === undefined ? {} : { output },
    print: (text: string) => void out.push(text),
    context: { stderr: { write: (text: string) => void said.push(text) } },
  } as unknown as Session;
  await printPrune(session, { deletions, problems: [], unseen: [] }, perMinute);
  return { out: out.join(''), said: said.join('') };
}

function deletion(name: string, more: Partial<SimulatedDeletion>): SimulatedDeletion {
  const key = { group: '', kind: 'ConfigMap', namespace: 'n', name };
  const id = `ConfigMap n/${name}`;
  return { id, key, outcome: 'delete', reason: 'not-desired', message: `about ${name}`, takes: [], ...more };
}

test('each outcome and each guard is told with its reason', async () => {
  const guards = ['prune-off', 'empty-render', 'limit', 'confirm', 'kept', 'holds-others'] as const;
  const { out, said } = await shown([
    deletion('goes', { step: 1 }),
    deletion('leaves', { outcome: 'leaving' }),
    deletion('is-refused', { outcome: 'refused' }),
    deletion('is-behind', { outcome: 'not-reached' }),
    ...guards.map((reason) => deletion(reason, { outcome: 'blocked', reason })),
  ]);
  const rows = out
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/u));
  expect(rows).toEqual([
    ['STEP', 'OBJECT', 'WHAT', 'WHY'],
    ['1', 'ConfigMap n/goes', 'delete', 'about goes'],
    ['-', 'ConfigMap n/leaves', 'leaving', 'about leaves'],
    ['-', 'ConfigMap n/is-refused', 'refused', 'about is-refused'],
    ['-', 'ConfigMap n/is-behind', 'not reached', 'about is-behind'],
    ...guards.map((reason) => ['-', `ConfigMap n/${reason}`, `keep (${reason})`, `about ${reason}`]),
  ]);
  expect(said).toBe('');
});

test('what the limit of a minute holds up is said, and counts what goes alone', async () => {
  const three = ['a', 'b', 'c'].map((name) => deletion(name, { step: 1 }));
  const kept = deletion('k', { outcome: 'blocked', reason: 'kept' });
  expect((await shown([...three, kept], 4)).said).toBe(
    'Of these 3, 2 go at once; the others wait, as at most 4 are deleted in any minute.\n',
  );
  expect((await shown([...three, kept], 5)).said).toBe('');
  expect((await shown([...three.slice(0, 1), kept], 1)).said).toBe('');
  // Programs get what they asked for, and people read it beside that.
  expect((await shown(three, 2, 'name')).out).toBe('ConfigMap n/a\nConfigMap n/b\nConfigMap n/c\n');
});

test('the limit is that of the Application, or the usual one', () => {
  const application = { apiVersion: 'plumbline.dev/v1alpha1', kind: 'Application', metadata: { name: 'web' } };
  expect(deletionsPerMinuteOf(application)).toBe(1_000);
  expect(deletionsPerMinuteOf({ ...application, spec: { sync: {} } })).toBe(1_000);
  expect(deletionsPerMinuteOf({ ...application, spec: { sync: { deletionsPerMinute: 7 } } })).toBe(7);
});

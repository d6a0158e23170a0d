import { expect, test } from 'vitest';
import type { Health } from '../../health/index.ts';
import { nextTold, type Told } from './feedback.ts';
import { contextOf, verdictOf } from './feedback-verdict.ts';
import type { SyncState } from '../status/status.ts';

const healthy: Health = { status: 'Healthy', message: '' };
const synced: SyncState = { state: 'synced', reason: 'Synced', message: '3 objects are as in abc' };
const failed: SyncState = {
  state: 'failed',
  reason: 'RenderFailed',
  problems: [
    { code: 'render.path-missing', message: 'no apps/web' },
    { code: 'render.path-missing', message: 'no apps/api' },
  ],
  retry: false,
};

const verdicts: [string, SyncState, Health, string | undefined][] = [
  ['a sync under way', { state: 'syncing', message: 'wave 1' }, healthy, 'pending: wave 1'],
  ['what is synced and healthy', synced, healthy, 'success: 3 objects are as in abc; Healthy'],
  [
    'what is suspended',
    synced,
    { status: 'Suspended', message: 'paused' },
    'success: 3 objects are as in abc; Suspended',
  ],
  [
    'what becomes healthy',
    synced,
    { status: 'Progressing', message: '1 of 2' },
    'pending: 3 objects are as in abc; Progressing: 1 of 2',
  ],
  [
    'what is ill',
    synced,
    { status: 'Degraded', message: 'no image' },
    'failure: 3 objects are as in abc; Degraded: no image',
  ],
  ['all that is wrong', failed, healthy, 'failure: RenderFailed: no apps/web (render.path-missing) and 1 more'],
  [
    'a prune to approve',
    { state: 'out-of-sync', reason: 'PruneBlocked', message: '9 objects' },
    healthy,
    'pending: waits for the approval of a prune: 9 objects',
  ],
  ['a sync that nobody has asked for', { state: 'out-of-sync', reason: 'Manual', message: '' }, healthy, undefined],
  [
    'a repository that is not here yet',
    { state: 'waiting', reason: 'WaitingForRepository', message: '' },
    healthy,
    undefined,
  ],
];

test.each(verdicts)('%s is told as such', (_, sync, health, told) => {
  const verdict = verdictOf(sync, health);
  expect(verdict === undefined ? undefined : `${verdict.state}: ${verdict.description}`).toBe(told);
});

const one = { digest: 'one' } as unknown as NonNullable<Told['desired']>;
const two = { digest: 'two' } as unknown as NonNullable<Told['desired']>;
const at = (
  commit: string,
  desired: Told['desired'],
  state: 'pending' | 'success' | 'failure',
  description = '',
): Told => ({
  commit,
  desired,
  verdict: { state, description },
});

test('the first word about a commit is news, and the same again is none', () => {
  const first = at('c1', one, 'pending');
  expect(nextTold(undefined, first)).toEqual({ told: first, isNews: true });
  expect(nextTold(first, at('c1', one, 'pending', 'wave 2')).isNews).toBe(false);
  expect(nextTold(first, at('c1', one, 'success')).isNews).toBe(true);
});

test('a commit that touches nothing is not told of; what is still open goes to the commit that did', () => {
  const pending = at('c1', one, 'pending');
  expect(nextTold(pending, at('c2', one, 'success'))).toEqual({ told: at('c1', one, 'success'), isNews: true });
  expect(nextTold(at('c1', one, 'success'), at('c2', one, 'success')).isNews).toBe(false);
});

test('a commit that touches something is told of, also where it comes to the same', () => {
  expect(nextTold(at('c1', one, 'success'), at('c2', two, 'success'))).toEqual({
    told: at('c2', two, 'success'),
    isNews: true,
  });
});

test('a success does not begin again when drift is put right, and yields to a failure', () => {
  const success = at('c1', one, 'success');
  expect(nextTold(success, at('c1', one, 'pending'))).toEqual({ told: success, isNews: false });
  const failure = nextTold(success, at('c1', one, 'failure', 'ill'));
  expect(failure).toEqual({ told: at('c1', one, 'failure', 'ill'), isNews: true });
  expect(nextTold(failure.told, at('c1', one, 'failure', 'worse')).isNews).toBe(true);
  expect(nextTold(failure.told, at('c1', one, 'success')).isNews).toBe(true);
});

test('what is rendered anew at the same commit is what the next commit is compared with', () => {
  const { told } = nextTold(at('c1', one, 'success'), at('c1', two, 'success'));
  expect(nextTold(told, at('c2', two, 'success')).isNews).toBe(false);
});

test('a context is no longer than forges take, and no two are the same', () => {
  expect(contextOf('plumbline', 'team-a/web')).toBe('plumbline/team-a/web');
  const long = `team-a/${'web-'.repeat(60)}`;
  expect(contextOf('plumbline', `${long}1`)).toHaveLength(100);
  expect(contextOf('plumbline', `${long}1`)).not.toBe(contextOf('plumbline', `${long}2`));
});

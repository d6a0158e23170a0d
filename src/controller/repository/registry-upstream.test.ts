import { expect, test } from 'vitest';
import { createEgress } from '../../egress.ts';
import { openRegistryCache } from '../../registry/index.ts';
import type { Policy } from '../application/policy.ts';
import { createMetrics } from '../../metrics/index.ts';
import { openRegistryUpstream } from './registry-upstream.ts';
import type { UpstreamOptions } from './upstream.ts';

const signal = new AbortController().signal;

function open(policy: Policy, more: Partial<UpstreamOptions> = {}) {
  return openRegistryUpstream({
    repository: {
      apiVersion: 'plumbline.dev/v1alpha1',
      kind: 'Repository',
      metadata: { name: 'web', namespace: 'team' },
      spec: { url: 'oci://registry.example.org/web', ref: { semver: '>=1' } },
    },
    access: { version: '' },
    policy,
    directory: '/nonexistent',
    allowFileUrls: false,
    accessFor: () => expect.unreachable('a registry has no submodules'),
    // Nothing is fetched to judge.
    registryCache: openRegistryCache({ directory: '/nonexistent', egress: createEgress() }),
    signal,
    ...more,
  });
}

const version = (ref: string, digit: string) => ({
  revision: `sha256:${digit.repeat(64)}`,
  content: digit,
  ref,
  at: new Date(0),
  subject: ref,
});
const refusing: Policy = { verify: undefined, rewind: 'Refuse', acceptedRewind: undefined };

test('a lower version of an artifact is refused where rewinds are, until it is accepted by its digest', async () => {
  const upstream = open(refusing);
  const first = await upstream.judge('semver:>=1', version('1.1.0', 'a'), undefined, signal);
  expect(first).toEqual({
    verdict: 'accepted',
    accepted: { selector: 'semver:>=1', revision: `sha256:${'a'.repeat(64)}`, ref: '1.1.0' },
  });
  const last = first.verdict === 'accepted' ? first.accepted : undefined;
  const lower = version('1.0.9', 'b');
  expect(await upstream.judge('semver:>=1', lower, last, signal)).toMatchObject({
    verdict: 'refused',
    problems: [{ code: 'git.rewind', message: '1.0.9 is lower than 1.1.0, which was accepted before' }],
  });
  expect(await upstream.judge('semver:>=1', version('1.1.1', 'c'), last, signal)).toMatchObject({
    verdict: 'accepted',
  });
  // Nothing tells whether another artifact of the same version is an older one.
  expect(await upstream.judge('semver:>=1', version('1.1.0', 'd'), last, signal)).toMatchObject({
    verdict: 'accepted',
  });
  const unchanged = await upstream.judge('semver:>=1', version('1.1.0', 'a'), last, signal);
  expect(unchanged.verdict === 'accepted' && unchanged.accepted === last).toBe(true);
  upstream.judgeBy({ ...refusing, acceptedRewind: lower.revision });
  expect(await upstream.judge('semver:>=1', lower, last, signal)).toMatchObject({ verdict: 'accepted' });
  upstream.judgeBy({ ...refusing, rewind: 'Allow' });
  expect(await upstream.judge('semver:>=1', lower, last, signal)).toEqual({ verdict: 'accepted', accepted: undefined });
});

test('a fetch that fails is told, and one that its caller has given up is not', async () => {
  const told: string[] = [];
  const { observer } = createMetrics({ version: '0.0.0', ofProcess: false });
  const egress = createEgress({ deny: ['registry.example.org'] });
  const upstream = open(refusing, {
    observer: { ...observer, registryFetched: (outcome) => void told.push(outcome) },
    registryCache: openRegistryCache({ directory: '/nonexistent', egress }),
  });
  const wanted = { ref: { tag: 'stable' }, chart: undefined };
  await expect(upstream.fetch(wanted, signal)).rejects.toMatchObject({ code: 'egress.refused' });
  expect(told).toEqual(['failed']);
  await expect(upstream.fetch(wanted, AbortSignal.abort())).rejects.toThrow('aborted');
  expect(told).toEqual(['failed']);
});

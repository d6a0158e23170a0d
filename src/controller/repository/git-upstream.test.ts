import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openGitGate } from '../../../test/support/git-gate.ts';
import { openWorkshop } from '../../../test/support/git-workshop.ts';
import { parseRepository } from '../../api/index.ts';
import { createEgress } from '../../egress.ts';
import { openRegistryCache } from '../../registry/index.ts';
import { openUpstream } from './upstream.ts';

test('a commit that was never fetched is, for a rollback; one that there is not is asked for once', async () => {
  const workshop = await openWorkshop();
  const { signal } = workshop;
  const repository = await workshop.repository();
  const first = await repository.commit({ 'a.yaml': 'a: 1\n' }, { message: 'First' });
  const last = await repository.commit({ 'a.yaml': 'a: 2\n' });
  const gate = await openGitGate(workshop.server.port);
  const registryCache = openRegistryCache({ directory: join(workshop.root, 'artifacts'), egress: createEgress() });
  const upstream = await openUpstream({
    repository: parseRepository({
      apiVersion: 'plumbline.dev/v1alpha1',
      kind: 'Repository',
      metadata: { name: 'app', namespace: 'team-a' },
      spec: { url: gate.url },
    }),
    access: { version: '' },
    policy: { verify: undefined, rewind: 'Allow', acceptedRewind: undefined },
    directory: workshop.cache,
    allowFileUrls: false,
    accessFor: () => Promise.resolve({ version: '' }),
    registryCache,
    signal,
  });
  onTestFinished(async () => {
    await upstream.close();
    await registryCache.close();
  });
  const now = await upstream.fetch({ ref: undefined, chart: undefined }, signal);
  expect(now.revision).toBe(last);
  const origin = upstream.origin(undefined);
  const before = await origin.resolve(first);
  if (before === undefined) throw new Error('it was not fetched');
  expect(before).toMatchObject({ revision: first, subject: 'First' });
  const bytes = await (await origin.tree(before)).read('a.yaml');
  expect(Buffer.from(bytes ?? []).toString()).toBe('a: 1\n');
  expect(await origin.changes(now, before)).toEqual([{ path: 'a.yaml', change: 'modified' }]);

  const absent = '0123456789012345678901234567890123456789';
  expect(await origin.resolve(absent)).toBeUndefined();
  const asked: string[] = [];
  gate.admit = ({ url }) => {
    asked.push(url ?? '');
    return undefined;
  };
  expect(await origin.resolve(absent)).toBeUndefined();
  expect(await origin.resolve('main')).toBeUndefined();
  expect(asked).toEqual([]);
});

import { expect, test } from 'vitest';
import type { Repository } from '../../api/index.ts';
import { plumbError } from '../../errors.ts';
import { policyId, type ReadObject, readPolicy } from './policy.ts';

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGSy3lEN0bx4l3ce0ObMcbGUUHzdjTafDbLpJQvOF5sm';
const signal = new AbortController().signal;

function repository(spec: Partial<Repository['spec']>, annotations: Record<string, string> = {}): Repository {
  return {
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Repository',
    metadata: { name: 'apps', namespace: 'team', annotations },
    spec: { url: 'https://git.example.org/apps', ...spec },
  };
}

const holding =
  (content: object): ReadObject =>
  async ({ kind, namespace, name }) => ({ apiVersion: 'v1', kind, metadata: { name, namespace }, ...content });

const nobody: ReadObject = () => expect.unreachable('nothing is to be read');
const base64 = (text: string) => Buffer.from(text).toString('base64');

test('nothing is asked of a commit where nothing is said', async () => {
  expect(await readPolicy(repository({}), nobody, signal)).toEqual({
    verify: undefined,
    rewind: 'Allow',
    acceptedRewind: undefined,
  });
});

test('keys are read from a Secret and from a ConfigMap alike', async () => {
  const keysRef = { name: 'signers' };
  const fromSecret = await readPolicy(
    repository({ verify: { keysRef }, rewind: 'Refuse' }, { 'plumbline.dev/acceptRewind': 'abc' }),
    holding({ data: { carol: base64(key) } }),
    signal,
  );
  const fromMap = await readPolicy(
    repository({ verify: { mode: 'Commits', keysRef: { kind: 'ConfigMap', ...keysRef }, since: '1'.repeat(40) } }),
    holding({ data: { carol: key } }),
    signal,
  );
  const fromBinary = await readPolicy(
    repository({ verify: { keysRef: { kind: 'ConfigMap', ...keysRef } } }),
    holding({ binaryData: { carol: base64(key) } }),
    signal,
  );
  expect(fromSecret).toMatchObject({ verify: { mode: 'Head' }, rewind: 'Refuse', acceptedRewind: 'abc' });
  expect(fromMap).toMatchObject({ verify: { mode: 'Commits', since: '1'.repeat(40) }, rewind: 'Allow' });
  const digests = [fromSecret, fromMap, fromBinary].map(({ verify }) => verify?.keys.digest);
  expect(new Set(digests).size).toBe(1);
  expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
});

test('keys that are missing, broken or out of reach leave a policy that accepts nothing', async () => {
  const wanted = repository({ verify: { keysRef: { name: 'signers' } } });
  const outcomes = [
    [async () => undefined, 'controller.keys-missing'],
    [holding({}), 'git.keys-invalid'],
    [holding({ data: { carol: base64('nonsense') } }), 'git.keys-invalid'],
    [() => Promise.reject(plumbError('kube.forbidden', 'not yours')), 'kube.forbidden'],
  ] as const;
  const ids = new Set<string>();
  for (const [read, code] of outcomes) {
    const policy = await readPolicy(wanted, read, signal);
    expect(policy).toMatchObject({ verify: undefined, broken: [{ code }] });
    ids.add(policyId(policy));
  }
  expect(ids.size).toBe(outcomes.length);
});

import { expect, test } from 'vitest';
import { isSopsEncrypted, plainSecretsIn } from './plain-secrets.ts';

const secret = (fields: object) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 's', namespace: 'n' },
  ...fields,
});
const sops = { mac: 'ENC[AES256_GCM,data:abc=,iv:x,tag:y,type:str]', version: '3.13.3' };
const value = 'ENC[AES256_GCM,data:Zm9v,iv:aaa,tag:bbb,type:str]';

test('each plain value of a Secret is told by its key, and never itself', () => {
  const problems = plainSecretsIn(secret({ data: { token: 'aHVudGVyMg==' }, stringData: { other: 'hunter3' } }));
  expect(problems.map(({ code, where }) => [code, where?.field])).toEqual([
    ['writeback.plain-secret', 'data.token'],
    ['writeback.plain-secret', 'stringData.other'],
  ]);
  expect(JSON.stringify(problems)).not.toMatch(/hunter|aHVud/);
});

test('what SOPS has encrypted is let through, and only if all of it is', () => {
  const iv = 'ENC[AES256_GCM,data:Zm9v]';
  expect(plainSecretsIn(secret({ data: { token: iv }, sops: { ...sops, mac: iv } }))).toEqual([]);
  expect(isSopsEncrypted(secret({ data: { token: value }, sops }))).toBe(true);
  expect(plainSecretsIn(secret({ data: { token: value, forgotten: 'eA==' }, sops }))).toHaveLength(2);
  expect(plainSecretsIn(secret({ data: { token: value } }))).toHaveLength(1);
  expect(plainSecretsIn(secret({ data: { token: 'x' }, sops: { mac: 'x' } }))).toHaveLength(1);
});

test('sealed and external Secrets, and Secrets without data, hold nothing plain', () => {
  for (const object of [
    secret({ type: 'kubernetes.io/service-account-token' }),
    { ...secret({}), apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret', spec: { encryptedData: { a: 'AgB' } } },
    {
      ...secret({}),
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      spec: { data: [{ secretKey: 'a' }] },
    },
    { ...secret({ data: { a: 'b' } }), kind: 'ConfigMap' },
  ]) {
    expect(plainSecretsIn(object)).toEqual([]);
  }
});

test('a private key is refused in whatever object it stands', () => {
  const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\n';
  const problems = plainSecretsIn({ ...secret({ data: { 'id.pem': key } }), kind: 'ConfigMap' });
  expect(problems).toMatchObject([{ code: 'writeback.plain-secret', where: { field: 'data["id.pem"]' } }]);
});

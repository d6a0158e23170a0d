import fc from 'fast-check';
import { dump } from 'js-yaml';
import { expect, test } from 'vitest';
import { diffFile } from './file-diff.ts';
import { maskTexts } from './masked-text.ts';

const secret = (data: Readonly<Record<string, string>>, name = 'keys'): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  data,
});

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
const bytes = (text: string): Uint8Array => Buffer.from(text);

test('of a Secret the keys are told, and which of their values differ', () => {
  const diff = diffFile({
    path: 'a/Secret/keys/keys.json',
    before: bytes(json(secret({ user: 'c2FtZQ==', password: 'b2xk' }))),
    after: bytes(json(secret({ user: 'c2FtZQ==', password: 'bmV3', extra: 'eA==' }))),
  });
  expect(diff).toMatchObject({ change: 'modified', note: 'values of Secrets are masked' });
  expect(diff.diff).toContain('    "user": "***"');
  expect(diff.diff).toContain('-    "password": "*** (before)"');
  expect(diff.diff).toContain('+    "password": "*** (after)"');
  expect(diff.diff).toContain('+    "extra": "***"');
  expect(diff.diff).not.toMatch(/c2FtZQ|b2xk|bmV3|eA==/);
});

test('a Secret in a List, among other documents, in a comment and in the annotation of kubectl', () => {
  const text = [
    '# password: hunter2',
    'apiVersion: v1',
    'kind: List',
    'items:',
    '- apiVersion: v1',
    '  kind: Secret',
    '  metadata: {name: keys, annotations: {kubectl.kubernetes.io/last-applied-configuration: "hunter2"}}',
    '  stringData: {password: hunter2}',
    '---',
    'kind: ConfigMap',
    'data: {shown: "yes it is"}',
    '---',
    'secretGenerator:',
    '- name: more',
    '  literals: [password=hunter2]',
    '',
  ].join('\n');
  const { diff } = diffFile({ path: 'all.yaml', before: undefined, after: bytes(text) });
  expect(diff).not.toContain('hunter2');
  expect(diff).toContain('yes it is');
  expect(diff).toContain('password=***');
});

test('a file that cannot be read and speaks of Secrets is not shown, nor one that holds nothing but values', () => {
  const broken = maskTexts('a.yaml', { before: 'kind: Secret\ndata: {a: "hunter2', after: 'kind: Secret\n' });
  expect(broken).toEqual({ masked: 'all', before: '*** (not shown, before)\n', after: '*** (not shown, after)\n' });
  expect(maskTexts('prod/.env', { before: undefined, after: 'PASSWORD=hunter2' }).after).toBe(
    '*** (not shown, after)\n',
  );
  expect(maskTexts('tls.key', { before: 'x', after: 'x' })).toMatchObject({ before: '*** (not shown)\n' });
  // Whatever cannot be read and does not speak of them is shown as it is.
  expect(maskTexts('a.yaml', { before: '{{ template }}: [', after: undefined }).before).toBe('{{ template }}: [');
});

test('other files are shown as they are written, comments and all', () => {
  const { diff, note } = diffFile({
    path: 'b.yaml',
    from: 'a.yaml',
    before: bytes('# why\nreplicas: 1\n'),
    after: bytes('# why\nreplicas: 2\n'),
  });
  expect(diff).toBe('--- a/a.yaml\n+++ b/b.yaml\n@@ -1,2 +1,2 @@\n # why\n-replicas: 1\n+replicas: 2\n');
  expect(note).toBeUndefined();
  const binary = diffFile({ path: 'x.png', before: undefined, after: Buffer.from([0, 1, 2]) });
  expect(binary).toEqual({ path: 'x.png', change: 'added', diff: '', note: 'the file is not text' });
});

test('no value of a Secret is ever in a diff, whatever the notation', () => {
  const value = fc.string({ minLength: 8, maxLength: 20 }).map((text) => `§${Buffer.from(text).toString('hex')}§`);
  const values = fc.dictionary(fc.stringMatching(/^[a-z]{3,6}$/), value, { minKeys: 1, maxKeys: 4 });
  const notation = fc.constantFrom(
    (object: unknown) => json(object),
    (object: unknown) => dump(object),
    (object: unknown) => dump(object, { flowLevel: 1 }),
    (object: unknown) => `# first\n---\n${dump({ apiVersion: 'v1', kind: 'List', items: [object] })}`,
  );
  fc.assert(
    fc.property(values, values, notation, fc.constantFrom('data', 'stringData'), (old, young, write, section) => {
      const object = (data: object): object => ({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'a' },
        [section]: data,
      });
      const { diff } = diffFile({
        path: 'a.yaml',
        before: bytes(write(object(old))),
        after: bytes(write(object(young))),
      });
      expect(diff).not.toContain('§');
    }),
  );
});

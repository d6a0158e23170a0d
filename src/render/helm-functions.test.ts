import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { forever, hosts, memoryTree, renderRequest } from '../../test/support/render.ts';
import { createRenderer, type RenderRequest } from './index.ts';

const template = (data: string) => ({
  'chart/Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\n',
  'chart/templates/a.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n${data}`,
});

const certificates = template(`
{{- $ca := genCA "authority" 365 }}
  ca: {{ $ca.Cert | quote }}
  caKey: {{ $ca.Key | quote }}
{{- $signed := genSignedCert "web.prod.svc" (list "10.0.0.1") (list "web" "web.prod") 90 $ca }}
  signed: {{ $signed.Cert | quote }}
  signedKey: {{ $signed.Key | quote }}
{{- $self := genSelfSignedCert "self" nil nil 30 }}
  self: {{ $self.Cert | quote }}
{{- $elliptic := genPrivateKey "ecdsa" }}
  elliptic: {{ $elliptic | quote }}
  ellipticCert: {{ (genSelfSignedCertWithKey "elliptic" nil nil 30 $elliptic).Cert | quote }}
  edwards: {{ genPrivateKey "ed25519" | quote }}
  custom: {{ (buildCustomCert ($ca.Cert | b64enc) ($ca.Key | b64enc)).Cert | eq $ca.Cert | quote }}
`);

const day = 86_400_000;
const start = Date.UTC(2026, 10, 21, 10);

describe.each(hosts)('template functions, %s', (host) => {
  const renderer = createRenderer({ host });
  afterAll(() => renderer.close());

  const render = async (files: Record<string, string>, given: Partial<RenderRequest> = {}) => {
    const request = renderRequest('chart', { source: { kind: 'helm' }, ...given });
    const { objects, warnings } = await renderer.render(request, memoryTree(files), forever);
    return { data: objects[0]?.['data'] as Record<string, string>, warnings };
  };

  const certificatesAt = async (now: number) => (await render(certificates, { now: new Date(now) })).data;

  test('certificates and keys are real', async () => {
    const data = await certificatesAt(start);
    const authority = new X509Certificate(data['ca'] ?? '');
    const signed = new X509Certificate(data['signed'] ?? '');
    expect(authority.ca).toBe(true);
    expect(authority.subject).toBe('CN=authority');
    expect(authority.checkPrivateKey(createPrivateKey(data['caKey'] ?? ''))).toBe(true);
    expect(authority.publicKey.asymmetricKeyDetails).toMatchObject({ modulusLength: 2048 });
    expect(signed.ca).toBe(false);
    expect(signed.verify(authority.publicKey)).toBe(true);
    expect(signed.checkIssued(authority)).toBe(true);
    expect(signed.checkPrivateKey(createPrivateKey(data['signedKey'] ?? ''))).toBe(true);
    expect(signed.checkHost('web.prod')).toBe('web.prod');
    expect(signed.checkIP('10.0.0.1')).toBe('10.0.0.1');
    const self = new X509Certificate(data['self'] ?? '');
    expect(self.verify(self.publicKey)).toBe(true);
    const elliptic = new X509Certificate(data['ellipticCert'] ?? '');
    expect(elliptic.verify(createPublicKey(data['elliptic'] ?? ''))).toBe(true);
    expect(createPrivateKey(data['edwards'] ?? '').asymmetricKeyType).toBe('ed25519');
    expect(data['custom']).toBe('true');
  });

  test('a certificate stays the same from commit to commit, and is renewed with its key when half of its time is used up', async () => {
    const before = await certificatesAt(start);
    expect(await certificatesAt(start + 60_000)).toEqual(before);
    const begin = new X509Certificate(before['signed'] ?? '').validFromDate.getTime();
    expect(start - begin).toBeLessThan(45 * day);
    const last = await certificatesAt(begin + 45 * day - 1000);
    expect(last['signed']).toBe(before['signed']);
    const renewed = await certificatesAt(begin + 45 * day);
    expect(renewed['signed']).not.toBe(before['signed']);
    expect(renewed['signedKey']).toBe(before['signedKey']);
    expect(new X509Certificate(renewed['signed'] ?? '').serialNumber).not.toBe(
      new X509Certificate(before['signed'] ?? '').serialNumber,
    );
  });

  test('one random value more in a chart leaves the others as they are', async () => {
    const one = await render(template('  a: {{ randAlphaNum 16 }}\n  b: {{ randAlpha 8 }}\n'));
    const more = await render(
      template(
        '  first: {{ randAlphaNum 12 }}\n  u: {{ uuidv4 }}\n  a: {{ randAlphaNum 16 }}\n  b: {{ randAlpha 8 }}\n',
      ),
    );
    expect(more.data).toMatchObject(one.data);
  });

  test('values have the form that is asked for', async () => {
    const { data } = await render(
      template(
        '  alnum: {{ randAlphaNum 200 }}\n  alpha: {{ randAlpha 50 }}\n  numeric: {{ randNumeric 50 | quote }}\n  ascii: {{ randAscii 100 | b64enc }}\n  none: {{ randAlpha 0 | quote }}\n  int: "{{ randInt 5 7 }}"\n  uuid: {{ uuidv4 }}\n  bytes: {{ randBytes 20 }}\n  hash: {{ htpasswd "user" "pass" | quote }}\n  sealed: {{ encryptAES "key" "text" | decryptAES "key" }}\n  shuffled: {{ shuffle "abc" }}\n',
      ),
    );
    expect(data['alnum']).toMatch(/^[a-zA-Z0-9]{200}$/);
    expect(data['alpha']).toMatch(/^[a-zA-Z]{50}$/);
    expect(data['numeric']).toMatch(/^[0-9]{50}$/);
    expect(Buffer.from(data['ascii'] ?? '', 'base64').toString()).toMatch(/^[ -~]{100}$/);
    expect(data['none']).toBe('');
    expect(['5', '6']).toContain(data['int']);
    expect(data['uuid']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Buffer.from(data['bytes'] ?? '', 'base64')).toHaveLength(20);
    expect(data['hash']).toMatch(/^user:\$2a\$10\$[./A-Za-z0-9]{53}$/);
    expect(data['sealed']).toBe('text');
    expect(data['shuffled']?.split('').toSorted().join('')).toBe('abc');
  });

  test('keys and values of a table come in one order, of which Helm has none', async () => {
    const { data } = await render(
      template(
        '{{- $t := dict "c" 3 "a" 1 "b" 2 "e" 5 "d" 4 }}\n  keys: {{ keys $t | join "" }}\n  values: {{ values $t | join "" | quote }}\n',
      ),
    );
    expect(data).toEqual({ keys: 'abcde', values: '12345' });
  });

  test('now is the time of the commit, with a warning that names file and line', async () => {
    const files = template(
      '  now: {{ now | unixEpoch | quote }}\n  date: {{ date "2006-01-02" "not a date" | quote }}\n  ago: {{ ago (now | dateModify "-90m") }}\n',
    );
    const { data, warnings } = await render(files, { now: new Date(start) });
    expect(data).toEqual({ now: String(start / 1000), date: '2026-11-21', ago: '1h30m0s' });
    expect(warnings.map(({ code, where }) => [code, where])).toEqual(
      expect.arrayContaining([['render.unstable', { file: 'chart/templates/a.yaml', line: 5 }]]) as unknown[],
    );
    expect((await render(template('  a: b\n'))).warnings).toEqual([]);
  });
});

import { dump } from 'js-yaml';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openHelmIndex } from './helm-index.ts';

const validators = { etag: undefined, lastModified: undefined, checkedAt: 0 };
const read = (text: string, chart: string) => openHelmIndex(Buffer.from(text), 'it', validators).versions(chart);
const digest = 'a'.repeat(64);

test('versions are texts, whatever YAML would make of them, and bad entries are left out', () => {
  const text = [
    'apiVersion: v1',
    'entries:',
    '  web:',
    '  - {version: 1.10, urls: [a.tgz]}',
    `  - {version: 0x10, urls: [b.tgz], digest: sha256:${digest.toUpperCase()}, created: 2026-01-01T00:00:00Z}`,
    '  - {version: 3, urls: []}',
    '  - {urls: [c.tgz]}',
    '  - null',
    '  - {version: 4.0.0, urls: [d.tgz], digest: abc}',
  ].join('\n');
  expect(read(text, 'web')).toEqual([
    { version: '1.10', url: 'a.tgz', digest: undefined, created: undefined, sources: [] },
    { version: '0x10', url: 'b.tgz', digest: `sha256:${digest}`, created: '2026-01-01T00:00:00Z', sources: [] },
    { version: '4.0.0', url: 'd.tgz', digest: undefined, created: undefined, sources: [] },
  ]);
});

test.each([
  ['JSON', '{"apiVersion":"v1","entries":{"web":[{"version":"1.0.0","urls":["a"]}]}}'],
  ['quoted names', 'apiVersion: v1\nentries:\n  "web":\n  - version: 1.0.0\n    urls: [a]\n'],
  ['another indentation', 'apiVersion: v1\nentries:\n    web:\n        - version: 1.0.0\n          urls: [a]\n'],
  ['one line', 'apiVersion: v1\nentries: {web: [{version: 1.0.0, urls: [a]}]}\n'],
  ['line ends of Windows', 'apiVersion: v1\r\nentries:\r\n  web:\r\n  - version: 1.0.0\r\n    urls: [a]\r\n'],
  [
    'an alias of another chart',
    'apiVersion: v1\nentries:\n  api:\n  - &one\n    version: 1.0.0\n    urls: [a]\n  web:\n  - *one\n',
  ],
  ['comments between', 'apiVersion: v1\nentries:\n  web:\n  # first\n# second\n  - version: 1.0.0\n    urls: [a]\n'],
])('an index in %s is read', (_, text) => {
  expect(read(text, 'web')?.map(({ version }) => version)).toEqual(['1.0.0']);
  expect(read(text, 'none')).toBeUndefined();
  expect(read(text, 'constructor')).toBeUndefined();
});

test.each([
  ['a page of a web site', '<!doctype html>\n<html></html>'],
  ['no mapping', '- a\n'],
  ['broken YAML', 'apiVersion: v1\nentries: {\n'],
  ['no version of the form', 'entries: {}\n'],
  ['entries that are a list', 'apiVersion: v1\nentries: [a]\n'],
  ['versions that are no list', 'apiVersion: v1\nentries:\n  web: 1\n'],
])('%s is no index', (_, text) => {
  expect(() => read(text, 'web')).toThrow(expect.objectContaining({ code: 'registry.index-invalid' }));
});

test('what is read of the lines of one chart is what is in the whole', () => {
  const words = fc.constantFrom(
    'web',
    'api',
    'web-api',
    'entries',
    'null',
    'a.b',
    'x',
    '  web:',
    'entries:\n  web:\n  - x: 1',
    '#',
    '- a',
  );
  const entry = fc.record({
    version: fc.constantFrom('1.0.0', '1.10', '2.0.0-rc.1', '0x10'),
    urls: fc.array(words, { minLength: 1, maxLength: 2 }),
    description: words,
    sources: fc.array(words, { maxLength: 2 }),
  });
  const entries = fc.dictionary(
    fc.constantFrom('web', 'api', 'web-api', 'entries', 'a.b', 'null'),
    fc.array(entry, { maxLength: 3 }),
  );
  fc.assert(
    fc.property(entries, fc.boolean(), words, (charts, seqNoIndent, chart) => {
      const text = dump(
        { annotations: { note: 'entries:\n  web:\n' }, apiVersion: 'v1', entries: charts, generated: 'x' },
        { seqNoIndent },
      );
      const whole = JSON.stringify({ apiVersion: 'v1', entries: charts });
      expect(read(text, chart)).toEqual(read(whole, chart));
    }),
  );
});

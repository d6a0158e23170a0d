import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runTool } from '../../test/render/reference.ts';
import { startStaticServer, type StaticServer } from '../../test/support/static-server.ts';
import { chooseVersion, compareVersions, parseRange, parseVersion } from './versions.ts';

const versions = [
  '0.0.0',
  '0.0.3',
  '0.1.0',
  '0.2.3',
  '0.2.9',
  '1.0.0-alpha',
  '1.0.0-alpha.1',
  '1.0.0-rc.10',
  '1.0.0-rc.9',
  '1.0.0',
  '1.2.0',
  '1.2.3',
  '1.2.4-beta.1',
  '1.10.0',
  '2.0.0',
  '2.1.0+build.7',
  '3.0.0-0',
  '11.0.0',
  '11.1.5',
  'v4.5.6',
];

const ranges = [
  '',
  '*',
  'x',
  '1',
  '1.x',
  '1.2',
  '1.2.x',
  '1.2.3',
  '=1.2.3',
  'v1.2.3',
  '4.5.6',
  '1.X.X',
  '9',
  '^1',
  '^1.2',
  '^1.2.3',
  '^0',
  '^0.2',
  '^0.2.3',
  '^0.0',
  '^0.0.3',
  '^*',
  '^1.2.4-0',
  '^1.0.0-rc',
  '~1',
  '~1.2',
  '~1.2.3',
  '~>1.2',
  '~0.0.0',
  '~*',
  '~11',
  '~1.0.0-alpha',
  '>1',
  '>1.2',
  '>11',
  '>11.1',
  '>=2',
  '>=2.0.0-0',
  '>0.0.0-0',
  '<1',
  '<1.0.0',
  '<1.0.0-0',
  '<=1',
  '<=1.2',
  '<=1.2.3',
  '=>2',
  '=<2',
  '!=11',
  '!=11.1.5',
  '!=*',
  '>*',
  '<=*',
  '>= 1.2 < 2',
  '>=1.2, <2',
  '>=1.2,<1.10',
  '1.0.0 - 1.2.3',
  '1.2 - 2',
  '<1 || ^2',
  '^9 || ~1.2 || 0.0.x',
  '>1.0.0-alpha <1.0.0',
  '1.0.0-rc.9',
  '2.1.0',
  '2.1.0+build.7',
  '2.1.0+other',
  '>=1.0.0-0 <2, !=1.10.0',
  '>1 <1',
  '1 2',
  '>=1.2.3 <=1.2.3',
  '3.x',
  '>=3.0.0-0 <4',
];

const invalid = [
  'abc',
  '1.2.3.4',
  '>',
  '1 -',
  '>=1,',
  ',1',
  '>=1 ||',
  '1||',
  '==1',
  '><1',
  '1.2.3-',
  '1.0.0-01',
  '^^1',
  '01x',
];

let server: StaticServer;
beforeAll(async () => {
  server = await startStaticServer();
  const entries = versions.map((version) => ({ apiVersion: 'v2', name: 'web', version, urls: [`web-${version}.tgz`] }));
  server.files.set('/index.yaml', JSON.stringify({ apiVersion: 'v1', entries: { web: entries } }));
});
afterAll(() => server.stop());

/** The version that the real Helm takes: the one whose archive it asks for, which is not there. */
async function chosenByHelm(range: string): Promise<string | undefined> {
  const wish = range === '' ? [] : ['--version', range];
  const before = server.requests.length;
  const scope = `/r${before}-${encodeURIComponent(range)}`;
  server.files.set(`${scope}/index.yaml`, server.files.get('/index.yaml') ?? '');
  const result = await runTool('helm', ['show', 'chart', 'web', '--repo', server.url + scope, ...wish], '/');
  if (result.ok) throw new Error('the chart is not there');
  const asked = server.requests.find(({ path }) => path.startsWith(`${scope}/web-`))?.path;
  return asked === undefined ? undefined : decodeURIComponent(asked).replace(/^.*\/web-(.*)\.tgz$/, '$1');
}

test.each([...ranges, ...invalid])('the real Helm takes the same version for %j', async (range) => {
  const ours = chooseVersion(
    versions.map((text) => ({ text, value: text })),
    range,
  );
  expect(ours?.value).toBe(await chosenByHelm(range));
});

test.each(invalid)('%j is no range', (text) => {
  expect(parseRange(text)).toBeUndefined();
});

test('what would take long to read is no range and no version', () => {
  expect(parseRange('>=1 '.repeat(200))).toBeUndefined();
  expect(parseRange(Array.from({ length: 40 }, () => '1').join('||'))).toBeUndefined();
  expect(parseVersion(`1.0.0-${'a'.repeat(300)}`)).toBeUndefined();
  expect(parseVersion('9007199254740993.0.0')).toBeUndefined();
});

const choose = (order: readonly string[]) =>
  chooseVersion(
    order.map((text) => ({ text, value: text })),
    '*',
  )?.value;

test('of versions that differ in their build only, the order of the candidates decides nothing', () => {
  const texts = ['1.0.0+a', '1.0.0+c', '1.0.0+b'];
  expect([choose(texts), choose(texts.toReversed())]).toEqual(['1.0.0+c', '1.0.0+c']);
});

test('versions have one order', () => {
  const number = fc.nat({ max: 3 });
  const prerelease = fc.array(fc.constantFrom('0', '1', '10', 'a', 'rc', 'A-1'), { maxLength: 3 });
  const version = fc.tuple(number, number, number, prerelease).map(([major, minor, patch, identifiers]) => {
    const text = `${major}.${minor}.${patch}${identifiers.length === 0 ? '' : `-${identifiers.join('.')}`}`;
    const parsed = parseVersion(text);
    if (parsed === undefined) throw new Error(`${text} is a version`);
    return parsed;
  });
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0);
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
        expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
    }),
  );
});

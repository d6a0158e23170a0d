import { expect, test } from 'vitest';
import { parseApplication, type Source, sourcesOf } from '../../api/index.ts';
import { isRendered, renderInputsOf, renderRequestOf } from './render-request.ts';

const environment = { kubeVersion: 'v1.36.3', apiVersions: ['apps/v1'] };
const seed = new Uint8Array(32).fill(7);
const at = new Date('2026-11-21T10:00:00Z');

function application(spec: object) {
  return parseApplication({
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Application',
    metadata: { name: 'web', namespace: 'team', uid: 'u' },
    spec,
  });
}

const source = (more: Partial<Source>) => ({ repositoryRef: { name: 'apps' }, ...more });

function requestsOf(spec: object) {
  const parsed = application(spec);
  return sourcesOf(parsed).flatMap((each, index) =>
    isRendered(each) ? [renderRequestOf(parsed, each, index, environment, seed, at)] : [],
  );
}

test('every option of a chart reaches the renderer', () => {
  const helm = {
    releaseName: 'release',
    namespace: 'elsewhere',
    valueFiles: ['a.yaml'],
    ignoreMissingValueFiles: true,
    values: { a: { b: [1] } },
    parameters: [{ name: 'x', value: '{"y":1}', json: true, forceString: false }],
    fileParameters: [{ name: 'z', path: 'z.txt' }],
    kubeVersion: '1.30.0',
    apiVersions: ['example.org/v1'],
    skipCrds: true,
    skipTests: true,
    skipHooks: true,
    skipSchemaValidation: true,
  };
  const [request] = requestsOf({ source: source({ path: 'chart', helm }), destination: { namespace: 'prod' } });
  expect(request).toEqual({
    path: 'chart',
    source: { kind: 'helm', ...helm },
    namespace: 'prod',
    name: 'web',
    ...environment,
    now: at,
    seed,
  });
});

test('sources with the same path draw other random values, and keep theirs when others come before them', () => {
  const one = source({ path: 'a' });
  const [only] = requestsOf({ source: one });
  const several = requestsOf({ sources: [source({ path: 'b' }), one, { ...one, name: 'again' }] });
  expect(several.map((request) => request.path)).toEqual(['b', 'a', 'a']);
  expect(several[1]?.seed).toEqual(only?.seed);
  expect(several[2]?.seed).not.toEqual(only?.seed);
  const charts = ['x', 'y', 'x'].map((chart) => source({ chart }));
  const seeds = (sources: readonly object[]) =>
    requestsOf({ sources }).map((request) => Buffer.from(request.seed).toString('hex'));
  expect(new Set(seeds(charts)).size).toBe(3);
  expect(seeds([...charts, source({ chart: 'z' })]).slice(0, 3)).toEqual(seeds(charts));
});

test('what lends files only is not rendered, and what lies where a render looks counts for its inputs', () => {
  const lender = source({ name: 'values' });
  const spec = { sources: [source({ path: 'a' }), lender] };
  expect(requestsOf(spec)).toHaveLength(1);
  const moved = { sources: [source({ path: 'a' }), { ...lender, repositoryRef: { name: 'other' } }] };
  expect(renderInputsOf(application(spec))).not.toBe(renderInputsOf(application(moved)));
});

const inputs = (sync: object) => renderInputsOf(application({ source: source({ path: 'a' }), sync }));

test('what decides how the objects are prepared counts for the inputs, and nothing else of a sync', () => {
  expect(inputs({ missingKinds: 'Wait' })).not.toBe(inputs({}));
  expect(inputs({ prune: true, timeout: '5m' })).toBe(inputs({}));
});

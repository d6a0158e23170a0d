import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PlumbError } from '../errors.ts';
import {
  crds,
  durationMilliseconds,
  findCondition,
  nextConditions,
  parseApplication,
  parseOperation,
  parseRepository,
  referenceMarkdown,
} from './index.ts';

const application = {
  apiVersion: 'plumbline.dev/v1alpha1',
  kind: 'Application',
  metadata: { name: 'web', namespace: 'prod' },
  spec: { source: { repositoryRef: { name: 'apps' }, path: 'apps/web' } },
};

test('an Application is parsed with its defaults, and fields of a later version do not stop it', () => {
  const parsed = parseApplication(application);
  expect(parsed.spec.sync).toEqual({
    automated: true,
    prune: true,
    pruneLimit: { percent: 50 },
    propagation: 'Background',
    recreate: false,
    sharedObjects: 'Fail',
    missingKinds: 'Fail',
    write: 'Merge',
    pruneLast: false,
    allowEmpty: false,
    drift: 'Revert',
    validation: 'Server',
    createNamespace: false,
    forceConflicts: true,
  });
  expect(parsed.spec.deletionPolicy).toBe('Orphan');
});

test('every wrong field is named', () => {
  const wrong = { ...application, spec: { source: { repositoryRef: {}, path: 3 }, sync: { drift: 'Maybe' } } };
  try {
    parseApplication(wrong);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(PlumbError);
    const fields = (error as PlumbError).problems.map((problem) => problem.where?.field);
    expect(fields).toContain('spec.source.path');
    expect(fields).toContain('spec.sync.drift');
    expect((error as PlumbError).problems[0].where?.object).toBe('plumbline.dev/Application prod/web');
  }
});

test('a Repository is parsed with its defaults', () => {
  const parsed = parseRepository({
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Repository',
    metadata: { name: 'apps', namespace: 'prod' },
    spec: { url: 'https://git.example/apps' },
  });
  expect(parsed.spec.interval).toBe('1m');
});

test('an Operation is parsed; one of which nothing is known yet has no status', () => {
  const operation = {
    apiVersion: 'plumbline.dev/v1alpha1',
    kind: 'Operation',
    metadata: { name: 'op-1', namespace: 'prod' },
    spec: {
      user: { username: 'alice' },
      action: 'create',
      mode: 'commit',
      changes: [{ verb: 'create', kind: 'ConfigMap', name: 'a' }],
      digest: 'abc',
    },
  };
  expect(parseOperation(operation)).toEqual(operation);
  expect(() => parseOperation({ ...operation, status: { state: 'Perhaps' } })).toThrow('status.state');
});

test('durations are read in milliseconds', () => {
  expect(durationMilliseconds('1h30m')).toBe(5_400_000);
  expect(durationMilliseconds('90s')).toBe(90_000);
  expect(durationMilliseconds('250ms')).toBe(250);
  fc.assert(
    fc.property(fc.nat(1000), fc.nat(1000), (m, s) => durationMilliseconds(`${m}m${s}s`) === m * 60_000 + s * 1000),
  );
});

test('the transition time of a condition moves only with its status', () => {
  const first = nextConditions(
    undefined,
    [{ type: 'Ready', status: 'True', reason: 'A', message: 'a' }],
    1,
    new Date(0),
  );
  const second = nextConditions(
    first,
    [{ type: 'Ready', status: 'True', reason: 'B', message: 'b' }],
    2,
    new Date(60_000),
  );
  const third = nextConditions(
    second,
    [{ type: 'Ready', status: 'False', reason: 'C', message: 'c' }],
    2,
    new Date(120_000),
  );
  expect(second[0]).toMatchObject({ lastTransitionTime: '1970-01-01T00:00:00Z', reason: 'B', observedGeneration: 2 });
  expect(findCondition(third, 'Ready')?.lastTransitionTime).toBe('1970-01-01T00:02:00Z');
});

test('every field of the custom resources has a meaning, and every schema word is one that Kubernetes takes', () => {
  const words = new Set<string>();
  const undocumented: string[] = [];
  const visit = (node: Record<string, unknown>, path: string): void => {
    for (const word of Object.keys(node)) words.add(word);
    if (node.description === undefined && path !== '') undocumented.push(path);
    for (const [name, child] of Object.entries((node.properties ?? {}) as Record<string, Record<string, unknown>>))
      visit(child, `${path}.${name}`);
    if (node.items !== undefined && (node.items as Record<string, unknown>).type === 'object')
      visit(node.items as Record<string, unknown>, `${path}[]`);
  };
  for (const crd of crds()) {
    const [version] = (
      crd.spec as {
        versions: { schema: { openAPIV3Schema: { properties: Record<string, Record<string, unknown>> } } }[];
      }
    ).versions;
    for (const part of ['spec', 'status']) visit(version?.schema.openAPIV3Schema.properties[part] ?? {}, part);
  }
  expect(undocumented).toEqual([]);
  for (const word of words) expect(word).not.toMatch(/^(const|anyOf|patternProperties|additionalProperties\b.*false)$/);
});

test('the reference tells every field of the spec', () => {
  const text = referenceMarkdown();
  for (const field of [
    'spec.source.helm.valueFiles',
    'spec.sync.pruneLimit.percent',
    'spec.ref.semver',
    'status.revision',
  ])
    expect(text).toContain(`\`${field}\``);
});

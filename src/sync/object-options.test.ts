import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { objectOptionsOf, optionWarnings, type ObjectOptions } from './object-options.ts';

const argo = 'argocd.argoproj.io/sync-options';
const flux = 'kustomize.toolkit.fluxcd.io';

type Row = readonly [annotations: Record<string, string>, options: ObjectOptions];

const rows: readonly Row[] = [
  [{}, {}],
  [{ 'example.dev/write': 'Replace' }, {}],
  [{ 'plumbline.dev/write': 'Replace' }, { write: 'Replace' }],
  [{ 'plumbline.dev/write': 'IfNotPresent' }, { write: 'IfNotPresent' }],
  [{ 'plumbline.dev/ignore': 'true' }, { write: 'Ignore' }],
  [{ 'plumbline.dev/ignore': 'true', 'plumbline.dev/write': 'Merge' }, { write: 'Ignore' }],
  [{ 'plumbline.dev/ignore': 'false', [`${flux}/reconcile`]: 'disabled' }, {}],
  [{ 'plumbline.dev/recreate': 'true' }, { recreate: true }],
  [{ 'plumbline.dev/recreate': 'false', [argo]: 'Force=true' }, { recreate: false }],
  [{ 'plumbline.dev/conflicts': 'report' }, { conflicts: 'Report' }],
  [{ 'plumbline.dev/conflicts': 'force' }, { conflicts: 'Force' }],
  [{ 'plumbline.dev/propagation': 'orphan' }, { propagation: 'Orphan' }],
  [{ [argo]: 'Replace=true' }, { write: 'Replace' }],
  [{ [argo]: ' Replace=true , Force=true' }, { write: 'Replace', recreate: true }],
  [{ [argo]: 'Replace=false' }, { write: 'Merge' }],
  [{ [argo]: 'Replace = True,Force=TRUE' }, { write: 'Replace', recreate: true }],
  [{ [argo]: 'Replace=true,Replace=false' }, { write: 'Merge' }],
  [{ [argo]: 'replace=true' }, {}],
  [{ [argo]: 'PrunePropagationPolicy=foreground' }, { propagation: 'Foreground' }],
  [{ [argo]: 'Prune=false,ServerSideApply=true' }, {}],
  [{ [`${flux}/ssa`]: 'Merge' }, { write: 'Merge' }],
  [{ [`${flux}/ssa`]: 'Override' }, { write: 'Override' }],
  [{ [`${flux}/ssa`]: 'ifnotpresent' }, { write: 'IfNotPresent' }],
  [{ [`${flux}/ssa`]: 'Ignore' }, { write: 'Ignore' }],
  [{ [`${flux}/ssa`]: 'Replace' }, {}],
  [{ [`${flux}/reconcile`]: 'Disabled' }, { write: 'Ignore' }],
  [{ [`${flux}/force`]: 'Enabled' }, { recreate: true }],
  [{ [`${flux}/force`]: 'disabled' }, {}],
  [{ 'plumbline.dev/write': 'Merge', [argo]: 'Replace=true', [`${flux}/ssa`]: 'Ignore' }, { write: 'Merge' }],
];

test.each(rows)('%j asks for %j', (annotations, options) => {
  expect(objectOptionsOf({ annotations })).toEqual(options);
});

const says = (label: string, annotation: string, name = 'ssa') =>
  objectOptionsOf({ labels: { [`${flux}/${name}`]: label }, annotations: { [`${flux}/${name}`]: annotation } });

test('of a label and an annotation that differ, Flux heeds the one that holds it back more', () => {
  expect([says('Ignore', 'Merge'), says('Override', 'IfNotPresent'), says('Override', 'Merge')]).toEqual([
    { write: 'Ignore' },
    { write: 'IfNotPresent' },
    { write: 'Merge' },
  ]);
  expect(says('disabled', 'enabled', 'reconcile')).toEqual({ write: 'Ignore' });
  expect(says('enabled', 'disabled', 'force')).toEqual({ recreate: true });
});

test('Flux reads labels as well', () => {
  expect(objectOptionsOf({ labels: { [`${flux}/ssa`]: 'Ignore' } })).toEqual({ write: 'Ignore' });
  expect(objectOptionsOf({ labels: { 'plumbline.dev/ignore': 'true' } })).toEqual({});
});

const compared = (text: string) => optionWarnings({ annotations: { 'argocd.argoproj.io/compare-options': text } });

describe('warnings', () => {
  const silent = [
    'Prune=false,PruneLast=true,Delete=confirm',
    'ServerSideApply=true',
    'Replace=true,Force=true',
    'SkipDryRunOnMissingResource=true',
    'ServerSideApply=True,ApplyOutOfSyncOnly=true,Validate=true,RespectIgnoreDifferences=true',
    'PrunePropagationPolicy=background',
    '',
  ];

  test.each(silent)('%j needs none', (options) => {
    expect(optionWarnings({ annotations: { [argo]: options } })).toEqual([]);
  });

  const telling = [
    ['Prune=maybe', 'Prune may be true, false, confirm'],
    ['Validate=false', 'fields that a kind does not have are always refused'],
    ['ServerSideApply=false', 'objects are always applied by the server'],
    ['CreateNamespace=true', '`spec.sync.createNamespace` of the Application'],
    ['FailOnSharedResource=true', '`spec.sync.sharedObjects` of the Application'],
    ['ClientSideApplyMigration=true', 'goes with `plumbline.dev/write: Override`'],
    ['RespectIgnoreDifferences=false', 'never applied either'],
    ['ApplyOutOfSyncOnly=false', 'only what differs is ever applied'],
    ['prune=false', 'prune=false is no known option'],
    ['Frobnicate=true', 'Frobnicate=true is no known option'],
    ['Replace', 'Replace may be true, false'],
  ] as const;

  test.each(telling)('%s has one', (option, told) => {
    expect(optionWarnings({ annotations: { [argo]: `PruneLast=true, ${option}` } })).toEqual([
      expect.stringContaining(told),
    ]);
  });

  test('a value that an annotation does not know has one', () => {
    const annotations = { 'plumbline.dev/write': 'Upsert', 'helm.sh/resource-policy': 'delete' };
    expect(optionWarnings({ annotations })).toEqual([
      'plumbline.dev/write knows no "Upsert": it may be Merge, Override, Replace, IfNotPresent, Ignore',
      'helm.sh/resource-policy knows no "delete": it may be keep',
    ]);
    const labels = { [`${flux}/ssa`]: 'Sometimes' };
    expect(optionWarnings({ labels })).toEqual([
      `${flux}/ssa knows no "Sometimes": it may be Merge, Override, IfNotPresent, Ignore`,
    ]);
    expect(
      optionWarnings({ annotations: { 'argocd.argoproj.io/compare-options': 'IgnoreExtraneous, Guess=true' } }),
    ).toEqual([expect.stringContaining('Guess=true has no effect')]);
  });

  test('a comparison by the server is what there is', () => {
    expect(compared('ServerSideDiff=true,IncludeMutationWebhook=true, IgnoreExtraneous')).toEqual([]);
    expect(compared('ServerSideDiff=false,IncludeMutationWebhook=false')).toEqual([
      expect.stringContaining('ServerSideDiff=false has no effect: objects are compared by the server'),
      expect.stringContaining('IncludeMutationWebhook=false has no effect'),
    ]);
  });

  test('a share in the health of the Application that is none is a warning', () => {
    const overrides = 'argocd.argoproj.io/health-aggregate-overrides';
    expect(optionWarnings({ annotations: { [overrides]: 'Suspended=Healthy,Late=Fine' } })).toEqual([
      `${overrides}: Late=Fine is no \`Status=Status\`; a status is one of Healthy, Progressing, Degraded, Suspended, Missing, Unknown`,
    ]);
    expect(optionWarnings({ annotations: { 'plumbline.dev/health': 'none' } })).toEqual([
      'plumbline.dev/health knows no "none": it may be ignore',
    ]);
  });

  test('what is for the other tool alone is carried along without a word', () => {
    const annotations = Object.fromEntries(
      [
        'argocd.argoproj.io/ignore-resource-updates',
        'argocd.argoproj.io/ignore-restart-policy',
        'argocd.argoproj.io/tracking-id',
        'argocd.argoproj.io/installation-id',
        'argocd.argoproj.io/ignore-default-links',
        'link.argocd.argoproj.io/docs',
        'kustomize.toolkit.fluxcd.io/substitute',
        'kustomize.toolkit.fluxcd.io/decrypt',
        'helm.sh/hook-delete-timeout',
        'helm.sh/hook-output-log-policy',
      ].map((name) => [name, 'true']),
    );
    expect([objectOptionsOf({ annotations }), optionWarnings({ annotations })]).toEqual([{}, []]);
  });

  test('drift is left alone by the annotation or the label of Flux, and an own annotation counts more', () => {
    const disabled = { 'helm.toolkit.fluxcd.io/driftDetection': 'disabled' };
    for (const metadata of [{ annotations: disabled }, { labels: disabled }]) {
      expect([objectOptionsOf(metadata), optionWarnings(metadata)]).toEqual([{ drift: 'Ignore' }, []]);
    }
    const annotations = { ...disabled, 'plumbline.dev/drift': 'report' };
    expect(objectOptionsOf({ annotations })).toEqual({ drift: 'Report' });
    expect(optionWarnings({ annotations: { 'plumbline.dev/drift': 'capture' } })).toEqual([
      'plumbline.dev/drift knows no "capture": it may be revert, report, ignore',
    ]);
  });
});

const annotated = fc.dictionary(
  fc.constantFrom(
    argo,
    'plumbline.dev/write',
    'plumbline.dev/recreate',
    `${flux}/ssa`,
    'plumbline.dev/propagation',
    'x',
  ),
  fc.oneof(fc.string(), fc.constantFrom('Merge', 'true', 'orphan')),
);

test('whatever stands in an annotation of Plumbline has an effect or a warning', () => {
  fc.assert(
    fc.property(annotated, (annotations) => {
      const options = objectOptionsOf({ annotations });
      const warned = new Set(optionWarnings({ annotations }).map((warning) => warning.split(' ')[0]));
      const read = { write: options.write, recreate: options.recreate, propagation: options.propagation };
      for (const [name, value] of Object.entries(read)) {
        const annotation = `plumbline.dev/${name}`;
        if (annotations[annotation] === undefined) continue;
        // Another tool's annotation counts only where Plumbline's own says nothing that is known.
        if (value === undefined) expect(warned).toContain(annotation);
      }
    }),
  );
});

test('an option of Argo CD that is not known has a warning, whatever stands beside it', () => {
  const others = fc.array(fc.constantFrom<string>('Replace=true', 'Prune=false', 'PruneLast=true', ' ', 'Force=maybe'));
  fc.assert(
    fc.property(others, fc.nat(), (options, at) => {
      const index = at % (options.length + 1);
      const text = options.toSpliced(index, 0, 'Strange=true').join(',');
      const warnings = optionWarnings({ annotations: { [argo]: text } });
      expect(warnings).toContain(`${argo}: Strange=true is no known option`);
      expect(new Set(warnings).size).toBe(options.includes('Force=maybe') ? 2 : 1);
    }),
  );
});

test('annotations that are no text are no options', () => {
  const annotations = { [argo]: 3, 'plumbline.dev/write': null } as unknown as Record<string, string>;
  expect(objectOptionsOf({ annotations })).toEqual({});
  expect(optionWarnings(null)).toEqual([]);
});

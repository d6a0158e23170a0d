import { expect, test } from 'vitest';
import type { ObjectMeta } from '../object.ts';
import { optionWarnings } from './object-options.ts';
import { pruneWishOf, wantsPruneLast } from './prune-wish.ts';

const argo = 'argocd.argoproj.io/sync-options';
const helm = 'helm.sh/resource-policy';
const flux = 'kustomize.toolkit.fluxcd.io/prune';
const cases: readonly (readonly [Record<string, string>, 'keep' | 'confirm' | undefined])[] = [
  [{}, undefined],
  [{ 'plumbline.dev/prune': 'disabled' }, 'keep'],
  [{ 'plumbline.dev/prune': 'confirm' }, 'confirm'],
  [{ 'plumbline.dev/prune': 'enabled' }, undefined],
  [{ [argo]: 'Prune=false' }, 'keep'],
  [{ [argo]: 'Validate=false, Prune=false' }, 'keep'],
  [{ [argo]: 'Prune=confirm' }, 'confirm'],
  [{ [argo]: 'Prune=true' }, undefined],
  [{ [helm]: 'keep' }, 'keep'],
  [{ [helm]: 'other' }, undefined],
  [{ [flux]: 'Disabled' }, 'keep'],
  [{ [flux]: 'enabled' }, undefined],
  [{ [argo]: 'Prune=confirm', [helm]: 'keep' }, 'keep'],
  [{ 'plumbline.dev/prune': 'confirm', [helm]: 'keep' }, 'confirm'],
  // Helm compares it in lower case; Argo CD reads a list of it.
  [{ [helm]: 'Keep ' }, 'keep'],
  [{ [helm]: 'keep,other' }, 'keep'],
  // What is meant is plain, and what is lost by not seeing it is an object.
  [{ 'plumbline.dev/prune': 'Disabled' }, 'keep'],
  [{ 'plumbline.dev/prune': ' Confirm' }, 'confirm'],
  [{ [argo]: 'Prune=False' }, 'keep'],
  [{ [argo]: 'Prune = false' }, 'keep'],
  [{ [argo]: 'Prune=Confirm' }, 'confirm'],
  [{ [argo]: 'Prune=true,Prune=false' }, 'keep'],
  [{ [argo]: 'Prune=confirm,Prune=true' }, 'confirm'],
  // An own annotation puts the others aside.
  [{ 'plumbline.dev/prune': 'enabled', [argo]: 'Prune=false', [helm]: 'keep', [flux]: 'disabled' }, undefined],
];

for (const [annotations, wish] of cases) {
  test(`${JSON.stringify(annotations)} means ${wish ?? 'nothing'}`, () => {
    const found = pruneWishOf({ annotations });
    expect(found?.wish).toBe(wish);
    if (wish !== undefined) expect(found?.annotation).toMatch(/\S+: \S+/);
  });
}

test('what has an effect has no warning, unless something beside it has none', () => {
  for (const [annotations, wish] of cases) {
    const warnings = optionWarnings({ annotations }).filter((warning) => !/Validate=false|"keep,other"/.test(warning));
    if (wish !== undefined) expect([annotations, warnings]).toEqual([annotations, []]);
  }
});

test('Flux keeps by a label as well, and an annotation beside it does not take that back', () => {
  const labels = { [flux]: 'disabled' };
  expect(pruneWishOf({ labels })).toEqual({ wish: 'keep', annotation: `${flux}: disabled` });
  expect(pruneWishOf({ labels, annotations: { [flux]: 'enabled' } })?.wish).toBe('keep');
  expect(pruneWishOf({ labels, annotations: { 'plumbline.dev/prune': 'enabled' } })).toBeUndefined();
  expect(pruneWishOf({ labels: { [helm]: 'keep', 'plumbline.dev/prune': 'disabled' } })).toBeUndefined();
});

const nothing: readonly (Pick<ObjectMeta, 'annotations'> | undefined)[] = [undefined, {}];

test.each(nothing)('no annotations at all mean nothing: %j', (metadata) => {
  expect([pruneWishOf(metadata), wantsPruneLast(metadata?.annotations)]).toEqual([undefined, false]);
});

test.each([
  [{ [argo]: 'PruneLast=true' }, true],
  [{ [argo]: 'Prune=false, PruneLast=True' }, true],
  [{ [argo]: 'PruneLast=false' }, false],
  [{ [argo]: 'PruneLast' }, false],
  [{ 'plumbline.dev/prune-last': 'true' }, true],
  [{ 'plumbline.dev/prune-last': 'True' }, true],
  [{ 'plumbline.dev/prune-last': 'false', [argo]: 'PruneLast=true' }, false],
])('%j is pruned last: %s', (annotations, last) => {
  expect(wantsPruneLast(annotations)).toBe(last);
});

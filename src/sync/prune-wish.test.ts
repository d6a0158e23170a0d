import { expect, test } from 'vitest';
import { pruneWishOf } from './prune-wish.ts';

const argo = 'argocd.argoproj.io/sync-options';
const cases: readonly (readonly [Record<string, string>, 'keep' | 'confirm' | undefined])[] = [
  [{}, undefined],
  [{ 'plumbline.dev/prune': 'disabled' }, 'keep'],
  [{ 'plumbline.dev/prune': 'confirm' }, 'confirm'],
  [{ 'plumbline.dev/prune': 'enabled' }, undefined],
  [{ [argo]: 'Prune=false' }, 'keep'],
  [{ [argo]: 'Validate=false, Prune=false' }, 'keep'],
  [{ [argo]: 'Prune=confirm' }, 'confirm'],
  [{ [argo]: 'Prune=true' }, undefined],
  [{ 'helm.sh/resource-policy': 'keep' }, 'keep'],
  [{ 'helm.sh/resource-policy': 'other' }, undefined],
  [{ 'kustomize.toolkit.fluxcd.io/prune': 'Disabled' }, 'keep'],
  [{ 'kustomize.toolkit.fluxcd.io/prune': 'enabled' }, undefined],
  [{ [argo]: 'Prune=confirm', 'helm.sh/resource-policy': 'keep' }, 'keep'],
  [{ 'plumbline.dev/prune': 'confirm', 'helm.sh/resource-policy': 'keep' }, 'confirm'],
];

for (const [annotations, wish] of cases) {
  test(`${JSON.stringify(annotations)} means ${wish ?? 'nothing'}`, () => {
    const found = pruneWishOf(annotations);
    expect(found?.wish).toBe(wish);
    if (wish !== undefined) expect(found?.annotation).toMatch(/\S+: \S+/);
  });
}

test('no annotations at all mean nothing', () => {
  expect(pruneWishOf(undefined)).toBeUndefined();
});

import { expect, test } from 'vitest';
import { deleteWishOf } from './delete-wish.ts';

const argo = 'argocd.argoproj.io/sync-options';

test.each([
  [{ 'plumbline.dev/delete': 'disabled' }, 'keep'],
  [{ 'plumbline.dev/delete': 'confirm' }, 'confirm'],
  [{ 'plumbline.dev/prune': 'disabled' }, 'keep'],
  [{ 'plumbline.dev/prune': 'confirm' }, 'confirm'],
  [{ 'plumbline.dev/delete': 'enabled', 'plumbline.dev/prune': 'disabled' }, undefined],
  [{ 'plumbline.dev/delete': 'enabled', [argo]: 'Delete=false' }, undefined],
  [{ [argo]: 'Delete=false' }, 'keep'],
  [{ [argo]: 'PruneLast=true, Delete=confirm' }, 'confirm'],
  [{ [argo]: 'Prune=false' }, undefined],
  [{ [argo]: 'Prune=confirm' }, undefined],
  [{ 'helm.sh/resource-policy': 'keep' }, 'keep'],
  [{ 'helm.sh/resource-policy': 'keep', [argo]: 'Delete=confirm' }, 'keep'],
  [{ 'kustomize.toolkit.fluxcd.io/prune': 'disabled' }, 'keep'],
  [{ [argo]: 'Delete=False' }, 'keep'],
  [{ [argo]: 'Delete = Confirm' }, 'confirm'],
  [{ [argo]: 'Delete=true,Delete=confirm' }, 'confirm'],
  [{ [argo]: 'Delete=confirm,Delete=false' }, 'keep'],
  [{ 'helm.sh/resource-policy': 'Keep' }, 'keep'],
  [{ 'plumbline.dev/prune': 'Disabled' }, 'keep'],
  [{ 'plumbline.dev/prune': 'enabled', 'helm.sh/resource-policy': 'keep' }, undefined],
  [{ 'plumbline.dev/prune': 'enabled', [argo]: 'Delete=false' }, 'keep'],
  [{}, undefined],
])('%j: %s', (annotations, wish) => {
  expect(deleteWishOf({ annotations })?.wish).toBe(wish);
});

test('Flux keeps by a label as well', () => {
  const labels = { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' };
  expect(deleteWishOf({ labels })?.wish).toBe('keep');
  expect(deleteWishOf({ labels, annotations: { 'plumbline.dev/delete': 'enabled' } })).toBeUndefined();
});

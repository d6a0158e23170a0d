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
  [{}, undefined],
])('%j: %s', (annotations, wish) => {
  expect(deleteWishOf(annotations)?.wish).toBe(wish);
});

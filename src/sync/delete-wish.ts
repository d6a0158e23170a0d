import type { ObjectMeta } from '../object.ts';
import { argoOptionsIn } from './argo-options.ts';
import { ownWish, pruneAnnotation, pruneWishOf, type PruneWish } from './prune-wish.ts';

const own = 'plumbline.dev/delete';
const argo = 'argocd.argoproj.io/sync-options';

/**
 * What the annotations of an object say about deleting it together with its Application:
 * `plumbline.dev/delete: disabled|confirm` and `Delete=false|confirm` of Argo CD, whose `Prune=…` is not meant
 * for that; otherwise whatever keeps it from being pruned.
 */
export function deleteWishOf(metadata: Pick<ObjectMeta, 'annotations' | 'labels'> | undefined): PruneWish | undefined {
  const annotations = metadata?.annotations ?? {};
  const said = ownWish(own, annotations);
  if (said !== undefined) return said === 'enabled' ? undefined : said;
  const pruned = pruneWishOf(metadata);
  if (pruned?.annotation.startsWith(pruneAnnotation) === true) return pruned;
  const value = argoOptionsIn(annotations).get('Delete')?.toLowerCase();
  if (value === 'false') return { wish: 'keep', annotation: `${argo}: Delete=false` };
  const { [argo]: _argo, ...others } = annotations;
  const kept = pruneWishOf({ ...metadata, annotations: others });
  if (kept === undefined && value === 'confirm') return { wish: 'confirm', annotation: `${argo}: Delete=confirm` };
  return kept;
}

import { argoOptionsIn } from './argo-options.ts';
import { pruneAnnotation, pruneWishOf, type PruneWish } from './prune-wish.ts';

const own = 'plumbline.dev/delete';
const argo = 'argocd.argoproj.io/sync-options';

/**
 * What the annotations of an object say about deleting it together with its Application:
 * `plumbline.dev/delete: disabled|confirm` and `Delete=false|confirm` of Argo CD, whose `Prune=…` is not meant
 * for that; otherwise whatever keeps it from being pruned.
 */
export function deleteWishOf(annotations: Readonly<Record<string, string>> | undefined): PruneWish | undefined {
  if (annotations === undefined) return undefined;
  const said = wishIn(annotations[own], `${own}: ${annotations[own]}`);
  if (said !== undefined) return said === 'enabled' ? undefined : said;
  const pruned = pruneWishOf(annotations);
  if (pruned?.annotation.startsWith(pruneAnnotation) === true) return pruned;
  const value = argoOptionsIn(annotations).get('Delete')?.toLowerCase();
  if (value === 'false') return { wish: 'keep', annotation: `${argo}: Delete=false` };
  const { [argo]: _argo, ...others } = annotations;
  const kept = pruneWishOf(others);
  if (kept === undefined && value === 'confirm') return { wish: 'confirm', annotation: `${argo}: Delete=confirm` };
  return kept;
}

function wishIn(value: string | undefined, annotation: string): PruneWish | 'enabled' | undefined {
  switch (value?.trim().toLowerCase() ?? '') {
    case 'disabled':
      return { wish: 'keep', annotation };
    case 'confirm':
      return { wish: 'confirm', annotation };
    case 'enabled':
      return 'enabled';
    default:
      return undefined;
  }
}

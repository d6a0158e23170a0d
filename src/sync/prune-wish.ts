/** What the annotations of an object say about pruning it, and which annotation said so. */
export interface PruneWish {
  /** `keep`: never; `confirm`: only with approval. */
  readonly wish: 'keep' | 'confirm';
  /** `plumbline.dev/prune: disabled` */
  readonly annotation: string;
}

/** Plumbline's own annotation, which goes before those of others. */
export const pruneAnnotation = 'plumbline.dev/prune';
/** Plumbline's own annotation for what is pruned after everything else. */
const pruneLastAnnotation = 'plumbline.dev/prune-last';
const argoOptions = 'argocd.argoproj.io/sync-options';
const helmPolicy = 'helm.sh/resource-policy';
const fluxPrune = 'kustomize.toolkit.fluxcd.io/prune';

function argoOptionsOf(annotations: Readonly<Record<string, string>>): ReadonlySet<string> {
  return new Set((annotations[argoOptions] ?? '').split(',').map((option) => option.trim()));
}

/** Whether an object is to be pruned after everything else: `plumbline.dev/prune-last: true`, `PruneLast=true` of Argo CD. */
export function wantsPruneLast(annotations: Readonly<Record<string, string>> | undefined): boolean {
  if (annotations === undefined) return false;
  const own = annotations[pruneLastAnnotation];
  return own === undefined ? argoOptionsOf(annotations).has('PruneLast=true') : own === 'true';
}

/**
 * Reads Plumbline's `plumbline.dev/prune: disabled|confirm` and what says the same in other tools, so
 * that a repository written for them keeps what they kept.
 */
export function pruneWishOf(annotations: Readonly<Record<string, string>> | undefined): PruneWish | undefined {
  if (annotations === undefined) return undefined;
  const own = annotations[pruneAnnotation];
  if (own === 'disabled') return { wish: 'keep', annotation: `${pruneAnnotation}: ${own}` };
  if (own === 'confirm') return { wish: 'confirm', annotation: `${pruneAnnotation}: ${own}` };
  const argo = argoOptionsOf(annotations);
  if (argo.has('Prune=false')) return { wish: 'keep', annotation: `${argoOptions}: Prune=false` };
  if (annotations[helmPolicy]?.trim() === 'keep') return { wish: 'keep', annotation: `${helmPolicy}: keep` };
  if (annotations[fluxPrune]?.toLowerCase() === 'disabled') {
    return { wish: 'keep', annotation: `${fluxPrune}: disabled` };
  }
  if (argo.has('Prune=confirm')) return { wish: 'confirm', annotation: `${argoOptions}: Prune=confirm` };
  return undefined;
}

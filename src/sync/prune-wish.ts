import type { ObjectMeta } from '../object.ts';
import { argoOptionsIn } from './argo-options.ts';
import { fluxSays } from './flux-options.ts';

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

/** Whether an object is to be pruned after everything else: `plumbline.dev/prune-last: true`, `PruneLast=true` of Argo CD. */
export function wantsPruneLast(annotations: ObjectMeta['annotations']): boolean {
  if (annotations === undefined) return false;
  const own = annotations[pruneLastAnnotation];
  return textIn(own ?? argoOptionsIn(annotations).get('PruneLast')) === 'true';
}

/**
 * Reads Plumbline's `plumbline.dev/prune: disabled|confirm|enabled` and what says the same in other tools, so that a
 * repository written for them keeps what they kept. Case does not count: what is meant is plain, and what is not seen
 * is an object that goes.
 */
export function pruneWishOf(metadata: Pick<ObjectMeta, 'annotations' | 'labels'> | undefined): PruneWish | undefined {
  const annotations = metadata?.annotations ?? {};
  const said = ownWish(pruneAnnotation, annotations);
  if (said !== undefined) return said === 'enabled' ? undefined : said;
  const argo = textIn(argoOptionsIn(annotations).get('Prune'));
  if (argo === 'false') return { wish: 'keep', annotation: `${argoOptions}: Prune=false` };
  if (isKeptByHelm(annotations)) return { wish: 'keep', annotation: `${helmPolicy}: keep` };
  if (fluxSays(metadata, 'prune', 'disabled')) {
    return { wish: 'keep', annotation: 'kustomize.toolkit.fluxcd.io/prune: disabled' };
  }
  if (argo === 'confirm') return { wish: 'confirm', annotation: `${argoOptions}: Prune=confirm` };
  return undefined;
}

/** What `disabled`, `confirm` and `enabled` mean in an annotation of Plumbline; undefined for anything else. */
export function ownWish(
  name: string,
  annotations: Readonly<Record<string, unknown>>,
): PruneWish | 'enabled' | undefined {
  const value = textIn(annotations[name]);
  if (value === 'enabled') return value;
  const wish = value === 'disabled' ? 'keep' : value === 'confirm' ? value : undefined;
  return wish === undefined ? undefined : { wish, annotation: `${name}: ${value}` };
}

/** Argo CD takes it for a list. */
function isKeptByHelm(annotations: Readonly<Record<string, unknown>>): boolean {
  return (
    textIn(annotations[helmPolicy])
      ?.split(',')
      .some((policy) => policy.trim() === 'keep') === true
  );
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value.trim().toLowerCase() : undefined;
}

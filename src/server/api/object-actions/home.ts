import type { Application } from '../../../api/index.ts';
import { formatKey, type KubeObject, type ObjectKey } from '../../../object.ts';
import { idLabel, partOfLabel } from '../../../controller/index.ts';
import type { ApiContext } from '../context.ts';
import { leading, viewsOf } from '../leading.ts';

/** Where what an object is to be is written down. */
export type Home =
  /** Nowhere but in the cluster. */
  | { readonly kind: 'cluster' }
  /** In the repository of its namespace. */
  | { readonly kind: 'namespace'; readonly reverts: boolean }
  /** In the files of an Application. */
  | {
      readonly kind: 'application';
      readonly namespace: string;
      readonly name: string;
      /** Whether what differs from Git is put back at once. */
      readonly reverts: boolean;
    };

/** Whether drift is put back by itself. */
function reverts({ spec }: Application): boolean {
  return spec.suspend !== true && (spec.sync?.automated ?? true) && (spec.sync?.drift ?? 'Revert') === 'Revert';
}

/**
 * Where an object that lives is written down.
 * @throws PlumbError `controller.gitops-unknown`, `controller.gitops-invalid`, `server.unavailable`
 */
export async function homeOf(
  context: Pick<ApiContext, 'gitops' | 'views'>,
  key: ObjectKey,
  live: KubeObject,
  signal: AbortSignal,
): Promise<Home> {
  const gitops = leading(context.gitops);
  const settings = key.namespace === '' ? undefined : gitops.settingsOf(key.namespace);
  if (settings !== undefined) {
    const found = await gitops.objects.get(settings, key, { signal, fresh: false });
    return found === undefined ? { kind: 'cluster' } : { kind: 'namespace', reverts: true };
  }
  const set = live.metadata.labels?.[partOfLabel];
  if (set === undefined) return { kind: 'cluster' };
  const views = viewsOf(context);
  for (const application of views.applications()) {
    if (application.metadata.labels?.[idLabel] !== set) continue;
    const { namespace, name } = application.metadata;
    const id = formatKey(key);
    const known = views.objects(namespace, name)?.objects.find((each) => each.id === id);
    if (known?.desired === undefined) continue;
    return { kind: 'application', namespace, name, reverts: reverts(application) };
  }
  return { kind: 'cluster' };
}

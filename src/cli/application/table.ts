import type { KubeObject } from '../../object.ts';
import { age } from '../output/age.ts';
import type { Colors } from '../output/colors.ts';
import { formatTable } from '../output/table.ts';
import {
  type ApplicationView,
  conditionOf,
  describeWindow,
  repositoriesOf,
  syncState,
  viewApplication,
} from './view.ts';

/** How a table is to be. */
export interface TableOptions {
  readonly wide: boolean;
  readonly withNamespace: boolean;
  readonly now: Date;
  readonly colors: Colors;
}

const shortRevision = 12;

/** A commit id, or several with commas between them, as people read it. */
export function short(revision: string): string {
  return revision
    .split(',')
    .map((each) => each.replace(/^sha256:/, '').slice(0, shortRevision))
    .join(',');
}

/** A word for a state in the colour that says whether it is good. */
export function coloured(word: string, colors: Colors): string {
  if (['Synced', 'Healthy', 'True', 'Succeeded'].includes(word)) return colors.green(word);
  if (['OutOfSync', 'Degraded', 'Missing', 'False', 'Failed'].includes(word)) return colors.red(word);
  return ['Progressing', 'Suspended', 'Unknown'].includes(word) ? colors.yellow(word) : word;
}

function reasonOf(view: ApplicationView): string {
  if (view.deleting) return 'Deleting';
  if (view.suspended) return 'Suspended';
  return conditionOf(view, 'Ready')?.reason ?? '';
}

/** Applications as a table, as `kubectl get` would show them. */
export function applicationTable(views: readonly ApplicationView[], options: TableOptions): string {
  const { colors, wide, withNamespace } = options;
  const headings = ['NAME', 'SYNC', 'HEALTH', 'REVISION', 'REASON', 'AGE'];
  const wideHeadings = ['REPOSITORY', 'PATH', 'DESTINATION', 'OBJECTS', 'DRIFTED', 'WINDOW'];
  const rows = views.map((view) => [
    ...(withNamespace ? [view.namespace] : []),
    view.name,
    coloured(syncState(view), colors),
    coloured(view.health || 'Unknown', colors),
    short(view.revision),
    reasonOf(view),
    age(view.created, options.now),
    ...(wide
      ? [
          repositoriesOf(view).join(','),
          view.sources.flatMap(({ path }) => (path === '' ? [] : [path])).join(','),
          view.destination,
          String(view.objects ?? ''),
          String(view.drifted),
          describeWindow(view),
        ]
      : []),
  ]);
  return formatTable([...(withNamespace ? ['NAMESPACE'] : []), ...headings, ...(wide ? wideHeadings : [])], rows);
}

/** Repositories as a table. */
export function repositoryTable(objects: readonly KubeObject[], options: TableOptions): string {
  const { colors, wide, withNamespace } = options;
  const rows = objects.map((object) => {
    // The conditions of both kinds are alike.
    const view = viewApplication(object);
    const ready = conditionOf(view, 'Ready');
    const spec = (object['spec'] ?? {}) as { readonly url?: string };
    const status = (object['status'] ?? {}) as { readonly ref?: string; readonly observedAt?: string };
    return [
      ...(withNamespace ? [view.namespace] : []),
      view.name,
      coloured(ready?.status ?? 'Unknown', colors),
      short(view.revision),
      spec.url ?? '',
      ready?.reason ?? '',
      age(view.created, options.now),
      ...(wide ? [status.ref ?? '', age(status.observedAt, options.now)] : []),
    ];
  });
  const headings = ['NAME', 'READY', 'REVISION', 'URL', 'REASON', 'AGE'];
  return formatTable([...(withNamespace ? ['NAMESPACE'] : []), ...headings, ...(wide ? ['REF', 'SEEN'] : [])], rows);
}

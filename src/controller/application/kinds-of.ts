import { type KindRef, parseGroupKind } from '../../sync/index.ts';
import type { ApplicationState, RenderedWell } from './application-state.ts';

/** The kinds to know the live objects of: those that are desired, and those that may have to be pruned. */
export function kindsOf(state: ApplicationState, rendered: RenderedWell): KindRef[] {
  const kinds = new Map<string, KindRef>();
  for (const name of state.parent.groupKinds) kinds.set(name, parseGroupKind(name));
  for (const { resource } of [...rendered.desired.objects, ...(rendered.desired.hooks ?? [])]) {
    kinds.set(`${resource.kind}.${resource.group}`, {
      group: resource.group,
      kind: resource.kind,
      version: resource.version,
    });
  }
  return [...kinds.values()];
}

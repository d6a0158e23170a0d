import { type KindRef, parseGroupKind, type PreparedObject, type PreparedSet } from '../../sync/index.ts';
import type { ApplicationState, RenderedWell } from './application-state.ts';

/** The objects and the hooks. */
export function allOf({ objects, hooks = [] }: PreparedSet): readonly PreparedObject[] {
  return [...objects, ...hooks];
}

/** The kinds to know the live objects of: those that are desired, and those that may have to be pruned. */
export function kindsOf(state: ApplicationState, rendered: RenderedWell): KindRef[] {
  const kinds = new Map<string, KindRef>();
  for (const name of state.parent.groupKinds) kinds.set(name, parseGroupKind(name));
  for (const { resource } of allOf(rendered.desired)) {
    kinds.set(`${resource.kind}.${resource.group}`, {
      group: resource.group,
      kind: resource.kind,
      version: resource.version,
    });
  }
  return [...kinds.values()];
}

import type { Action } from './action.ts';

/** A right that an action needs, as RBAC has it; the resource stands for the kind until it is looked up. */
export interface NeededRight {
  readonly verb: 'patch' | 'create';
  readonly group: string;
  readonly kind: string;
  readonly subresource?: 'status' | 'scale';
}

/** What somebody needs to do an action in the cluster. */
export function neededRight(
  { effect }: Action,
  { group, kind }: { readonly group: string; readonly kind: string },
): NeededRight {
  if (effect.kind === 'create') return { verb: 'create', group: effect.group, kind: effect.objectKind };
  const { subresource } = effect;
  return { verb: 'patch', group, kind, ...(subresource === undefined ? {} : { subresource }) };
}

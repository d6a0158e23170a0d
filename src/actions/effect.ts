import type { Json, JsonObject, KubeObject } from '../object.ts';
import type { Action, ActionInput, Filled, PatchEffect, PatchTemplate } from './action.ts';

/** What an action comes to for one object. */
export type MadeEffect =
  | ({ readonly kind: 'patch'; readonly patch: JsonObject } & Pick<PatchEffect, 'belongs' | 'subresource'>)
  | { readonly kind: 'create'; readonly object: KubeObject };

/** What an action comes to for an object: a merge patch, or another object. */
export function effectOf({ effect }: Action, input: ActionInput): MadeEffect {
  if (effect.kind === 'create') return { kind: 'create', object: effect.make(input) };
  const { patch, belongs, subresource } = effect;
  const made = isFunction(patch) ? patch.make(input) : (filledIn(patch, input) as JsonObject);
  return { kind: 'patch', patch: made, belongs, ...(subresource === undefined ? {} : { subresource }) };
}

/** Whether a patch is made by a function. */
export function isFunction(patch: PatchEffect['patch']): patch is Exclude<PatchEffect['patch'], PatchTemplate> {
  return typeof patch['make'] === 'function';
}

function isFilled(value: object): value is Filled {
  return 'fill' in value && typeof value.fill === 'string';
}

function filledIn(template: Json | Filled | PatchTemplate | undefined, input: ActionInput): Json {
  if (template === null || typeof template !== 'object' || Array.isArray(template)) return (template ?? null) as Json;
  if (isFilled(template)) {
    if (template.fill === 'now') return input.now.toISOString();
    const value = input.values[template.fill.slice('value:'.length)] ?? null;
    return template.as === 'text' ? String(value) : value;
  }
  return Object.fromEntries(
    Object.entries(template).map(([field, value]) => [field, filledIn(value as Json | Filled | PatchTemplate, input)]),
  );
}

import type { KubeObject } from '../object.ts';

/** A condition as the Kubernetes API conventions have it. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  /** The generation that it speaks of, where it says so. */
  readonly observedGeneration?: number;
}

/** The value at a path such as `status.phase`, undefined where there is none. */
export function valueAt(object: KubeObject, path: string): unknown {
  let value: unknown = object;
  for (const step of path.split('.')) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return value;
}

/** The text at a path, empty where there is none. */
export function textAt(object: KubeObject, path: string): string {
  const value = valueAt(object, path);
  return typeof value === 'string' ? value : '';
}

/** The number at a path, or what stands for a missing one. */
export function numberAt(object: KubeObject, path: string, missing = 0): number {
  const value = valueAt(object, path);
  return typeof value === 'number' ? value : missing;
}

/** The objects in the list at a path. */
export function itemsAt(object: KubeObject, path: string): readonly Readonly<Record<string, unknown>>[] {
  const value = valueAt(object, path);
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is Record<string, unknown> => item !== null && typeof item === 'object');
}

/** The conditions in the status, in their order. */
export function conditionsOf(object: KubeObject): readonly Condition[] {
  return conditionsAt(object, 'status.conditions');
}

/** The conditions in the list at a path, in their order. */
export function conditionsAt(object: KubeObject, path: string): readonly Condition[] {
  return itemsAt(object, path).map(conditionFrom);
}

/** The conditions in a part of an object, such as one listener of a Gateway. */
export function conditionsIn(part: Readonly<Record<string, unknown>>): readonly Condition[] {
  const list = part.conditions;
  if (!Array.isArray(list)) return [];
  return list
    .filter((item): item is Record<string, unknown> => item !== null && typeof item === 'object')
    .map(conditionFrom);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function conditionFrom(item: Readonly<Record<string, unknown>>): Condition {
  return {
    type: text(item.type),
    status: text(item.status),
    reason: text(item.reason),
    message: text(item.message),
    ...(typeof item.observedGeneration === 'number' ? { observedGeneration: item.observedGeneration } : {}),
  };
}

/** Whether a condition speaks of the present generation of its object, or does not say of which. */
export function isOfGeneration(condition: Condition, { metadata }: KubeObject): boolean {
  const { observedGeneration } = condition;
  return (
    observedGeneration === undefined || metadata.generation === undefined || observedGeneration >= metadata.generation
  );
}

/** The condition of a type, undefined where there is none. */
export function conditionOf(object: KubeObject, type: string): Condition | undefined {
  return conditionsOf(object).find((condition) => condition.type === type);
}

/** What a condition says: its message, or its reason, or its type and status. */
export function sayingOf(condition: Condition): string {
  if (condition.message !== '') return condition.message;
  if (condition.reason !== '') return condition.reason;
  return `${condition.type} is ${condition.status}`;
}

import { Type } from 'typebox';

/** A condition, after the Kubernetes API conventions. */
export const conditionSchema = Type.Object(
  {
    type: Type.String({ description: 'What the condition is about.' }),
    status: Type.Enum(['True', 'False', 'Unknown'], { type: 'string', description: 'Whether it holds.' }),
    observedGeneration: Type.Optional(
      Type.Integer({ description: 'The `metadata.generation` that the condition speaks of.' }),
    ),
    lastTransitionTime: Type.String({ format: 'date-time', description: 'When `status` last changed.' }),
    reason: Type.String({ description: 'Why, in one word for programs.' }),
    message: Type.String({ description: 'Why, for people; names every problem with its place and code.' }),
  },
  { description: 'One observation about the resource.' },
);

/** A condition, after the Kubernetes API conventions. */
export type Condition = Type.Static<typeof conditionSchema>;

/** The conditions of a resource; one per type. */
export const conditionsSchema = Type.Array(conditionSchema, {
  description: 'Ready, Reconciling and Stalled follow kstatus; an Application adds Synced, Healthy and Drifted.',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
});

/** The condition of the given type, if there is one. */
export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** What a condition should say now; its transition time follows from what it said before. */
export interface ConditionInput {
  readonly type: string;
  readonly status: Condition['status'];
  readonly reason: string;
  readonly message: string;
}

/**
 * The next conditions: `lastTransitionTime` moves only where `status` changes, and conditions that are
 * not in `wanted` are dropped.
 */
export function nextConditions(
  previous: readonly Condition[] | undefined,
  wanted: readonly ConditionInput[],
  generation: number | undefined,
  now: Date,
): Condition[] {
  return wanted.map((input) => {
    const before = findCondition(previous, input.type);
    const lastTransitionTime =
      before?.status === input.status ? before.lastTransitionTime : `${now.toISOString().slice(0, 19)}Z`;
    return { ...input, ...(generation === undefined ? {} : { observedGeneration: generation }), lastTransitionTime };
  });
}

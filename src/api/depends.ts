import { Type } from 'typebox';

const namespaceName = Type.String({ minLength: 1, maxLength: 63 });

/** What is waited for before a sync: `spec.dependsOn` of an Application. */
export const dependsOnSchema = Type.Array(
  Type.Object(
    {
      name: Type.String({ minLength: 1, maxLength: 253, description: 'Name of the other Application.' }),
      namespace: Type.Optional({
        ...namespaceName,
        description:
          'Its namespace, where it is another one: that Application has to name the namespace of this one in `spec.dependents.namespaces`.',
      }),
      condition: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 2000,
          description:
            'What must hold besides, in CEL: `dep` is the other Application, `self` this one. See docs/dependencies.md.',
        }),
      ),
    },
    { additionalProperties: false, description: 'One Application that is waited for.' },
  ),
  {
    maxItems: 64,
    description:
      'Applications that have to be Synced and Healthy, at the newest revision that is known of their sources, before a sync of this one begins.',
  },
);

/** Who may depend on it: `spec.dependents` of an Application. */
export const dependentsSchema = Type.Object(
  {
    namespaces: Type.Array(
      { ...namespaceName, description: 'Name of a namespace, or `*`.' },
      {
        maxItems: 64,
        description: 'Other namespaces whose Applications may depend on this one; `*` for all.',
      },
    ),
  },
  {
    additionalProperties: false,
    description:
      'Which other Applications may depend on this one. Those of its own namespace always may, and no others unless they are named.',
  },
);

import { Type } from 'typebox';

const texts = (description: string, maxLength = 1024) =>
  Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength }), { maxItems: 64, description }));

const ignoreRuleSchema = Type.Object(
  {
    group: Type.Optional(
      Type.String({ maxLength: 253, description: 'API group, empty for the core group. Any where it is left out.' }),
    ),
    kind: Type.String({ minLength: 1, maxLength: 63, description: 'Kind of the objects; `*` for every kind.' }),
    name: Type.Optional(
      Type.String({ maxLength: 253, description: 'Their name; `*` stands for any characters. Any where left out.' }),
    ),
    namespace: Type.Optional(
      Type.String({
        maxLength: 63,
        description: 'Their namespace; `*` stands for any characters. Any where left out.',
      }),
    ),
    fields: texts('Fields as JSON pointers: `/spec/replicas`.'),
    expressions: texts('Fields as path expressions of jq: `.webhooks[].clientConfig.caBundle`.', 4096),
    managers: texts('Field managers, as `metadata.managedFields` names them: whatever they own is left to them.', 128),
  },
  {
    additionalProperties: false,
    description: 'Fields of some objects that are left to others.',
    'x-kubernetes-validations': [
      {
        rule: 'has(self.fields) || has(self.expressions) || has(self.managers)',
        message: 'give at least one of fields, expressions and managers',
      },
    ],
  },
);

/** What is left to others in the objects of an Application: `spec.ignore`. */
export const ignoreSchema = Type.Array(ignoreRuleSchema, {
  maxItems: 64,
  description:
    'Fields that are set when an object is made, and left to others from then on: they are no difference, and a sync neither changes, takes over nor deletes them.',
});

/** One rule of `spec.ignore`. */
export type IgnoreRuleSpec = Type.Static<typeof ignoreRuleSchema>;

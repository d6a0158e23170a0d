import { Type } from 'typebox';

const expression = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 4096, description }));

const ruleSchema = Type.Object(
  {
    group: Type.Optional(
      Type.String({ maxLength: 253, description: 'The API group of the objects. Default: the core group.' }),
    ),
    kind: Type.String({
      minLength: 1,
      maxLength: 63,
      description: 'Their kind; `*` for all kinds of the group that have no rule of their own here.',
    }),
    suspended: expression('True while an object is held on purpose. Asked first.'),
    degraded: expression('True where it will not get well without help. Asked second.'),
    progressing: expression('True while it is on its way. Asked third.'),
    healthy: expression('True where it does what it is meant to do. Asked last.'),
    message: expression('Why: an expression that gives a text.'),
    otherwise: Type.Optional(
      Type.Enum(['Healthy', 'Progressing', 'Degraded', 'Suspended', 'Unknown'], {
        type: 'string',
        description: 'Where no expression is true. Default: what is built in for the kind decides.',
      }),
    ),
  },
  { additionalProperties: false, description: 'How well objects of one kind do, in CEL.' },
);

/** How the health of an Application's objects is told, where what is built in does not fit. */
export const healthSchema = Type.Object(
  {
    rules: Type.Optional(
      Type.Array(ruleSchema, {
        maxItems: 64,
        description:
          'Rules that come before those of the installation and those that are built in. An expression reads `object`, `metadata`, `spec` and `status`.',
      }),
    ),
  },
  { additionalProperties: false, description: 'How the health of the objects is told.' },
);

import { Type } from 'typebox';

const oneOf = ['branch', 'tag', 'semver', 'commit'] as const;

/** Which commit of a repository is meant. */
export const refSchema = Type.Object(
  {
    branch: Type.Optional(Type.String({ minLength: 1, maxLength: 250, description: 'The tip of this branch.' })),
    tag: Type.Optional(Type.String({ minLength: 1, maxLength: 250, description: 'The commit that this tag names.' })),
    semver: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 250,
        description: 'The highest tag that is a version in this range, such as `>=1.2.0 <2.0.0` (npm syntax).',
      }),
    ),
    commit: Type.Optional(
      Type.String({ pattern: '^[0-9a-f]{40}([0-9a-f]{24})?$', description: 'This commit, by its full id.' }),
    ),
  },
  {
    description: 'Which commit to take; the tip of the default branch where nothing is said. One field at most.',
    additionalProperties: false,
    'x-kubernetes-validations': [
      {
        rule: `[${oneOf.map((field) => `has(self.${field})`).join(', ')}].filter(given, given).size() <= 1`,
        message: 'give one of branch, tag, semver and commit, not several: remove all but one',
      },
    ],
  },
);

/** Which commit of a repository is meant. */
export type Ref = Type.Static<typeof refSchema>;

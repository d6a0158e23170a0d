import { Type } from 'typebox';

const oneOf = ['branch', 'tag', 'semver', 'commit', 'digest'] as const;

/** Which commit of a Git repository, artifact or version of a chart is meant. */
export const refSchema = Type.Object(
  {
    branch: Type.Optional(
      Type.String({ minLength: 1, maxLength: 250, description: 'The tip of this branch. Git only.' }),
    ),
    tag: Type.Optional(
      Type.String({ minLength: 1, maxLength: 250, description: 'What this tag names; of a chart the version.' }),
    ),
    semver: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 250,
        description:
          'The highest tag that is a version in this range, such as `>=1.2.0 <2.0.0`, read as npm reads it; of an artifact or a chart the highest version, with the range read as Helm reads it.',
      }),
    ),
    commit: Type.Optional(
      Type.String({ pattern: '^[0-9a-f]{40}([0-9a-f]{24})?$', description: 'This commit, by its full id. Git only.' }),
    ),
    digest: Type.Optional(
      Type.String({ pattern: '^sha256:[0-9a-f]{64}$', description: 'This artifact, by its digest. OCI only.' }),
    ),
  },
  {
    description:
      'Which commit to take; where nothing is said, the tip of the default branch, the tag `latest` of an artifact, the highest version of a chart. One field at most.',
    additionalProperties: false,
    'x-kubernetes-validations': [
      {
        rule: `[${oneOf.map((field) => `has(self.${field})`).join(', ')}].filter(given, given).size() <= 1`,
        message: 'give one of branch, tag, semver, commit and digest, not several: remove all but one',
      },
    ],
  },
);

/** Which commit of a Git repository, artifact or version of a chart is meant. */
export type Ref = Type.Static<typeof refSchema>;

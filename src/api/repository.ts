import { Type } from 'typebox';
import { conditionsSchema } from './condition.ts';
import { metadataSchema } from './metadata.ts';
import { apiVersion } from '../names.ts';
import { refSchema } from './reference.ts';

/** A duration as Kubernetes and Go write it: `90s`, `5m`, `1h30m`. */
export const durationPattern = '^([0-9]+(ms|s|m|h))+$';

const specSchema = Type.Object(
  {
    url: Type.String({
      minLength: 1,
      maxLength: 2048,
      description:
        'Where the repository is: `https://…`, `ssh://user@host/path`, `user@host:path` or `file:///path`. Holds no credentials.',
      'x-kubernetes-validations': [
        {
          rule: "self.matches('^(https?|ssh|file)://') || self.matches('^[A-Za-z0-9._-]+@[A-Za-z0-9._-]+:.+')",
          message: 'the URL has to begin with https://, http://, ssh:// or file://, or have the form user@host:path',
        },
        {
          rule: "!self.matches('^https?://[^/]*@')",
          message: 'the URL holds credentials: put them into a Secret, and name it in spec.secretRef',
        },
      ],
    }),
    ref: Type.Optional(refSchema),
    interval: Type.Optional(
      Type.String({
        pattern: durationPattern,
        maxLength: 32,
        default: '1m',
        description:
          'How often to look for a new commit, besides webhooks and triggers: a duration such as `90s`, `5m` or `1h30m`.',
      }),
    ),
    secretRef: Type.Optional(
      Type.Object(
        {
          name: Type.String({
            minLength: 1,
            maxLength: 253,
            description: 'Name of the Secret, in the same namespace.',
          }),
        },
        {
          additionalProperties: false,
          description:
            'The Secret with the credentials: `username` and `password` or `token` for HTTPS; `id_rsa` (or `ssh-privatekey`), `passphrase` and `known_hosts` for SSH; `ca.crt` for a private certificate authority.',
        },
      ),
    ),
    suspend: Type.Optional(Type.Boolean({ default: false, description: 'While true, nothing is fetched.' })),
  },
  { additionalProperties: false, description: 'What to fetch, and how often.' },
);

const statusSchema = Type.Object(
  {
    observedGeneration: Type.Optional(Type.Integer({ description: 'The generation that the status speaks of.' })),
    revision: Type.Optional(Type.String({ description: 'Full id of the commit that was last seen.' })),
    ref: Type.Optional(Type.String({ description: 'The Git reference that led to it, such as `refs/heads/main`.' })),
    observedAt: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'When this revision was first seen; polling alone never moves it.',
      }),
    ),
    handledRequest: Type.Optional(
      Type.String({ description: 'The value of the annotation `plumbline.dev/requestedAt` that was last acted on.' }),
    ),
    conditions: Type.Optional(conditionsSchema),
  },
  { description: 'What was found.' },
);

/** A Git repository that Applications read. */
export const repositorySchema = Type.Object(
  {
    apiVersion: Type.Literal(apiVersion),
    kind: Type.Literal('Repository'),
    metadata: metadataSchema,
    spec: specSchema,
    status: Type.Optional(statusSchema),
  },
  { description: 'A Git repository that Applications read.' },
);

/** A Git repository that Applications read. */
export type Repository = Type.Static<typeof repositorySchema>;

/** What Plumbline found out about a Repository. */
export type RepositoryStatus = NonNullable<Repository['status']>;

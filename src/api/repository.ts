import { Type } from 'typebox';
import { conditionsSchema } from './condition.ts';
import { durationPattern } from './duration.ts';
import { metadataSchema } from './metadata.ts';
import { acceptedSchema, verifySchema } from './verification.ts';
import { apiVersion } from '../names.ts';
import { refSchema } from './reference.ts';

const forgeSchema = Type.Object(
  {
    kind: Type.Optional(
      Type.Enum(['GitHub', 'GitLab', 'Gitea', 'Forgejo', 'BitbucketCloud', 'BitbucketDataCenter', 'AzureDevOps'], {
        type: 'string',
        description:
          'The product; told by the host where that is github.com, gitlab.com, bitbucket.org, dev.azure.com, codeberg.org or gitea.com.',
      }),
    ),
    apiUrl: Type.Optional(
      Type.String({
        pattern: '^https?://[^/@?#]+(/[^?#]*)?$',
        maxLength: 2048,
        description:
          'Address of its interface for programs, where that does not follow from `spec.url`: `https://git.example.com/api/v3`.',
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
            'The Secret with the token for its interface (`token`, or `username` and `password`, or `githubAppID` and `githubAppPrivateKey`); that of `spec.secretRef` where it is left out.',
        },
      ),
    ),
    context: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]*$',
        maxLength: 32,
        default: 'plumbline',
        description:
          'What commit statuses begin with: `plumbline/NAMESPACE/APPLICATION`. Give each cluster its own where several follow one repository.',
      }),
    ),
    preview: Type.Optional(
      Type.Enum(['None', 'Branches', 'All'], {
        type: 'string',
        default: 'None',
        description:
          'Whose pull requests get a comment and a status that tell what a merge would change: those from `Branches` of the repository, or `All`, those of forks included, about which no API server is asked.',
      }),
    ),
  },
  {
    additionalProperties: false,
    description:
      'Has Plumbline tell the forge of the repository what became of each commit: a status for each Application. Without it no forge is called.',
  },
);

const specSchema = Type.Object(
  {
    url: Type.String({
      minLength: 1,
      maxLength: 2048,
      description:
        'Where the repository is: `https://…`, `ssh://user@host/path`, `user@host:path` or `file:///path`; `oci://host/path` for a registry. Holds no credentials.',
      'x-kubernetes-validations': [
        {
          rule: "self.matches('^(https?|ssh|file|oci)://') || self.matches('^[A-Za-z0-9._-]+@[A-Za-z0-9._-]+:.+')",
          message:
            'the URL has to begin with https://, http://, ssh://, file:// or oci://, or have the form user@host:path',
        },
        {
          rule: "!self.matches('^(https?|oci)://[^/]*@')",
          message: 'the URL holds credentials: put them into a Secret, and name it in spec.secretRef',
        },
      ],
    }),
    type: Type.Optional(
      Type.Enum(['Git', 'OCI', 'Helm'], {
        type: 'string',
        description:
          'What the URL leads to: a Git repository, an artifact in a registry (`oci://`), or a Helm repository of charts (`https://` with an index, or `oci://` with a chart behind each name). Default: OCI for `oci://`, else Git.',
      }),
    ),
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
            'The Secret with the credentials: `username` and `password`, `token` or `bearerToken` for HTTPS; `id_rsa` (or `ssh-privatekey`), `passphrase` and `known_hosts` for SSH; `tls.crt` and `tls.key` for a client certificate; `ca.crt` for a private certificate authority; `proxy`. Without it, a template whose URL the repository lies below; see docs/repositories.md.',
        },
      ),
    ),
    verify: Type.Optional(verifySchema),
    rewind: Type.Optional(
      Type.Enum(['Allow', 'Refuse'], {
        type: 'string',
        default: 'Allow',
        description:
          'Whether a branch or tag may go to a commit that does not contain the one before, or a version range to a lower version. Where it is refused, the cluster stays where it is until the annotation `plumbline.dev/acceptRewind` names the commit. Of artifacts and charts only a lower version is refused.',
      }),
    ),
    webhook: Type.Optional(
      Type.Object(
        {
          secretRef: Type.Object(
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
                'The Secret that webhooks of this repository prove to know: `secret`, and `previousSecret` while it is being replaced.',
            },
          ),
        },
        {
          additionalProperties: false,
          description:
            'Lets webhooks ask for a fetch of this Repository, besides those that know a secret of the whole installation.',
        },
      ),
    ),
    forge: Type.Optional(forgeSchema),
    proxy: Type.Optional(
      Type.String({
        pattern: '^(https?|socks5h?)://[^/@?#]+/?$',
        maxLength: 2048,
        description:
          'URL of the proxy that leads to the repository, for HTTPS: `http://proxy.example.com:3128`. Its user and password are `proxyUsername` and `proxyPassword` in the Secret.',
      }),
    ),
    credentialHosts: Type.Optional(
      Type.Array(Type.String({ pattern: '^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$', maxLength: 253 }), {
        minItems: 1,
        maxItems: 20,
        description:
          'Of a registry: other hosts that the credentials may be sent to, where its tokens come from or where it keeps its charts. Without it they go to the host of `spec.url` alone.',
      }),
    ),
    submodules: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Whether paths may lead into Git submodules: each is read at the commit that the repository records, and fetched when something reads in it.',
      }),
    ),
    suspend: Type.Optional(Type.Boolean({ default: false, description: 'While true, nothing is fetched.' })),
  },
  {
    additionalProperties: false,
    description: 'What to fetch, and how often.',
    'x-kubernetes-validations': [
      {
        rule: "has(self.type) && self.type == 'OCI' ? self.url.startsWith('oci://') : true",
        message: 'the URL of an artifact begins with oci://',
      },
      {
        rule: "has(self.type) && self.type == 'Git' ? !self.url.startsWith('oci://') : true",
        message: 'an oci:// URL leads to a registry: make the type OCI, or Helm for charts',
      },
      {
        rule: "has(self.verify) && has(self.verify.identities) ? self.url.startsWith('oci://') : true",
        message: 'verify.identities is for registries; a commit is of no repository until it is fetched from one',
      },
      {
        rule: "has(self.credentialHosts) ? self.url.startsWith('oci://') || (has(self.type) && self.type == 'Helm') : true",
        message:
          'credentialHosts is for registries and charts; the credentials of a Git repository go to its own host alone',
      },
      {
        rule: "has(self.type) && self.type == 'Helm' ? self.url.matches('^(https?|oci)://') : true",
        message: 'the URL of a Helm repository begins with https:// or oci://',
      },
    ],
  },
);

const statusSchema = Type.Object(
  {
    observedGeneration: Type.Optional(Type.Integer({ description: 'The generation that the status speaks of.' })),
    revision: Type.Optional(
      Type.String({
        description:
          'Full id of the commit, or digest of the artifact, that was last seen. Of a Helm repository there is none: each Application reads a chart of its own.',
      }),
    ),
    ref: Type.Optional(
      Type.String({ description: 'What led to it: the Git reference such as `refs/heads/main`, or the tag.' }),
    ),
    observedAt: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'When this revision was first seen; polling alone never moves it.',
      }),
    ),
    handledRequest: Type.Optional(
      Type.String({ description: 'The value of the annotation `plumbline.dev/requestedAt` that was last acted on.' }),
    ),
    accepted: Type.Optional(
      Type.Array(acceptedSchema, {
        description:
          'What was accepted last of each reference that is followed, where `spec.verify` or `spec.rewind` asks for it.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['selector'],
      }),
    ),
    conditions: Type.Optional(conditionsSchema),
  },
  { description: 'What was found.' },
);

/** A Git repository, an artifact or a repository of charts that Applications read. */
export const repositorySchema = Type.Object(
  {
    apiVersion: Type.Literal(apiVersion),
    kind: Type.Literal('Repository'),
    metadata: metadataSchema,
    spec: specSchema,
    status: Type.Optional(statusSchema),
  },
  { description: 'A Git repository, an artifact of a registry or a repository of charts that Applications read.' },
);

/** What a Repository leads to. */
export type RepositoryType = NonNullable<Repository['spec']['type']>;

/** What a Repository leads to, where it does not say so itself. */
export function typeOf({ spec }: Pick<Repository, 'spec'>): RepositoryType {
  return spec.type ?? (spec.url.startsWith('oci://') ? 'OCI' : 'Git');
}

/** A Git repository, an artifact or a repository of charts that Applications read. */
export type Repository = Type.Static<typeof repositorySchema>;

/** What Plumbline found out about a Repository. */
export type RepositoryStatus = NonNullable<Repository['status']>;

import { Type } from 'typebox';
import { statusSchema } from './application-status.ts';
import { dependentsSchema, dependsOnSchema } from './depends.ts';
import { healthSchema } from './health.ts';
import { ignoreSchema } from './ignore.ts';
import { metadataSchema } from './metadata.ts';
import { plumbError } from '../errors.ts';
import { apiVersion } from '../names.ts';
import { type Source, sourceSchema, sourcesSchema } from './source.ts';
import { syncSchema } from './sync.ts';

const destinationSchema = Type.Object(
  {
    namespace: Type.Optional(
      Type.String({
        maxLength: 63,
        description: 'The namespace of objects that name none. Default: the namespace of the Application.',
      }),
    ),
  },
  { additionalProperties: false, description: 'Where the objects go.' },
);

const writeBackSchema = Type.Object(
  {
    mode: Type.Optional(
      Type.Enum(['Commit', 'PullRequest'], {
        type: 'string',
        default: 'Commit',
        description: 'Whether a change goes to the branch itself, or is proposed in a pull request.',
      }),
    ),
  },
  {
    additionalProperties: false,
    description: 'How changes that are asked for through Plumbline, as a restore, get into Git.',
  },
);

const specSchema = Type.Object(
  {
    source: Type.Optional(sourceSchema),
    sources: Type.Optional(sourcesSchema),
    destination: Type.Optional(destinationSchema),
    serviceAccountName: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 253,
        description:
          'A ServiceAccount in the namespace of the Application: every change of the Application is made with its rights.',
      }),
    ),
    sync: Type.Optional(syncSchema),
    dependsOn: Type.Optional(dependsOnSchema),
    dependents: Type.Optional(dependentsSchema),
    ignore: Type.Optional(ignoreSchema),
    health: Type.Optional(healthSchema),
    writeBack: Type.Optional(writeBackSchema),
    deletionPolicy: Type.Optional(
      Type.Enum(['Orphan', 'Cascade'], {
        type: 'string',
        default: 'Orphan',
        description:
          'What happens to the objects when the Application is deleted: they stay, or they are deleted first.',
      }),
    ),
    suspend: Type.Optional(
      Type.Boolean({ default: false, description: 'While true, nothing is changed in the cluster.' }),
    ),
  },
  {
    additionalProperties: false,
    description: 'What the cluster shall hold.',
    'x-kubernetes-validations': [
      { rule: 'has(self.source) != has(self.sources)', message: 'give either source or sources, and not both' },
    ],
  },
);

/** A set of objects that the cluster shall hold as Git says. */
export const applicationSchema = Type.Object(
  {
    apiVersion: Type.Literal(apiVersion),
    kind: Type.Literal('Application'),
    metadata: metadataSchema,
    spec: specSchema,
    status: Type.Optional(statusSchema),
  },
  { description: 'A set of objects that the cluster shall hold as Git says.' },
);

/** A set of objects that the cluster shall hold as Git says. */
export type Application = Type.Static<typeof applicationSchema>;

/** What Plumbline did for an Application, and what it found. */
export type ApplicationStatus = NonNullable<Application['status']>;

/** A sync with hooks that is under way. */
export type SyncOperation = NonNullable<ApplicationStatus['operation']>;
/** The rollback that holds an Application. */
export type ApplicationHold = NonNullable<ApplicationStatus['hold']>;

/** One entry of an Application's history. */
export type HistoryEntry = NonNullable<ApplicationStatus['history']>[number];

/** Who changed what of one object. */
export type DriftChange = NonNullable<HistoryEntry['drift']>[number];

/** A chart is rendered from its root, unless it is said otherwise. */
function withPath(source: Source): Source {
  return source.path === undefined && source.chart !== undefined ? { ...source, path: '.' } : source;
}

/**
 * The sources of an Application, in their order; one that is not rendered has no path.
 * @throws PlumbError `api.invalid` where there is not exactly one of `source` and `sources`, which `parseApplication` refuses
 */
export function sourcesOf({ metadata, spec }: Pick<Application, 'metadata' | 'spec'>): readonly [Source, ...Source[]] {
  const { source, sources } = spec;
  const [first, ...others] = (sources ?? (source === undefined ? [] : [{ ...source, path: source.path ?? '.' }])).map(
    withPath,
  );
  if (first === undefined || (source !== undefined && sources !== undefined)) {
    throw plumbError('api.invalid', 'give either source or sources, and not both', {
      where: { object: `plumbline.dev/Application ${metadata.namespace}/${metadata.name}`, field: 'spec' },
    });
  }
  return [first, ...others];
}

import { Type } from 'typebox';
import { conditionsSchema } from './condition.ts';
import { durationPattern } from './duration.ts';
import { healthSchema } from './health.ts';
import { metadataSchema } from './metadata.ts';
import { plumbError } from '../errors.ts';
import { apiVersion } from '../names.ts';
import { type Source, sourceSchema, sourcesSchema } from './source.ts';

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

const captureSchema = Type.Object(
  {
    mode: Type.Optional(
      Type.Enum(['Commit', 'PullRequest'], {
        type: 'string',
        default: 'Commit',
        description: 'Whether a change goes to the branch itself, or is proposed in a pull request.',
      }),
    ),
    quietPeriod: Type.Optional(
      Type.String({
        pattern: durationPattern,
        default: '30s',
        maxLength: 32,
        description: 'Changes are captured together once nothing more has changed for so long.',
      }),
    ),
    meanwhile: Type.Optional(
      Type.Enum(['Hold', 'Revert'], {
        type: 'string',
        default: 'Hold',
        description: 'Until Git has taken a change: leave the cluster as it was changed, or put it back at once.',
      }),
    ),
    ignoreManagers: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 128 }), {
        maxItems: 64,
        description: 'Field managers, as `metadata.managedFields` names them, whose changes are never captured.',
      }),
    ),
  },
  { additionalProperties: false, description: 'How drift becomes a commit, where `drift` is `Capture`.' },
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

const syncSchema = Type.Object(
  {
    automated: Type.Optional(
      Type.Boolean({ default: true, description: 'Sync every new commit by itself. Otherwise only when asked.' }),
    ),
    prune: Type.Optional(
      Type.Boolean({ default: true, description: 'Delete objects that were synced once and are no longer in Git.' }),
    ),
    pruneLimit: Type.Optional(
      Type.Object(
        {
          objects: Type.Optional(
            Type.Integer({
              minimum: 0,
              description: 'More objects than this wait for approval. Unlimited where unset.',
            }),
          ),
          percent: Type.Optional(
            Type.Integer({
              minimum: 0,
              maximum: 100,
              description: 'A larger share of the objects of the Application than this waits for approval.',
            }),
          ),
        },
        {
          additionalProperties: false,
          default: { percent: 50 },
          description:
            'A prune above either limit waits until it is approved with the annotation `plumbline.dev/approvePrune`.',
        },
      ),
    ),
    pruneLast: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Prune only once everything that is in Git has been applied and is healthy.',
      }),
    ),
    allowEmpty: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Prune also where the source is there and holds no object at all. Otherwise that is taken for a mistake.',
      }),
    ),
    drift: Type.Optional(
      Type.Enum(['Revert', 'Report', 'Capture'], {
        type: 'string',
        default: 'Revert',
        description:
          'What to do when an object no longer is as Git says: put it back, only say so, or make the change a commit.',
      }),
    ),
    capture: Type.Optional(captureSchema),
    validation: Type.Optional(
      Type.Enum(['Server', 'None'], {
        type: 'string',
        default: 'Server',
        description:
          '`Server`: every changed object is tried on the API server first, and nothing is applied unless all are accepted.',
      }),
    ),
    createNamespace: Type.Optional(
      Type.Boolean({ default: false, description: 'Create the destination namespace where it is missing.' }),
    ),
    forceConflicts: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'Take fields over from other field managers. Otherwise a conflict is an error that names them.',
      }),
    ),
  },
  { additionalProperties: false, default: {}, description: 'How the cluster is brought to what Git says.' },
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

/** One sync that ended. */
export const historySchema = Type.Object(
  {
    revision: Type.String({ description: 'Full id of the commit; of the first source where there are several.' }),
    revisions: Type.Optional(
      Type.Array(Type.String(), { description: 'That of each source, in their order, where there are several.' }),
    ),
    at: Type.String({ format: 'date-time', description: 'When the sync ended.' }),
    by: Type.String({ description: 'What asked for it: automated, drift, manual or rollback.' }),
    outcome: Type.Enum(['Succeeded', 'Failed'], { type: 'string', description: 'How it ended.' }),
    changed: Type.Integer({ description: 'Objects that were created or changed.' }),
    pruned: Type.Integer({ description: 'Objects that were deleted.' }),
    failed: Type.Integer({ description: 'Objects that were refused.' }),
  },
  { description: 'One sync that ended.' },
);

const statusSchema = Type.Object(
  {
    observedGeneration: Type.Optional(Type.Integer({ description: 'The generation that the status speaks of.' })),
    revision: Type.Optional(
      Type.String({
        description:
          'Full id of the commit that the last finished sync applied; of the first source where there are several. A later commit that changes nothing of what the Application reads does not move it.',
      }),
    ),
    revisions: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Full id of the commit of each source, in their order, where there are several.',
      }),
    ),
    digest: Type.Optional(Type.String({ description: 'SHA-256 of the rendered objects that were applied.' })),
    fingerprint: Type.Optional(
      Type.String({
        description:
          'SHA-256 over the fields that Plumbline owns in all objects, as they were after the sync: a restart proves by it, without a call, that nothing drifted.',
      }),
    ),
    synced: Type.Optional(
      Type.Object(
        {
          at: Type.String({ format: 'date-time', description: 'When the last sync ended.' }),
          by: Type.String({ description: 'What asked for it: automated, drift, manual or rollback.' }),
          objects: Type.Integer({ description: 'Objects of the Application.' }),
          failed: Type.Integer({ description: 'Objects that were refused.' }),
        },
        { description: 'The last sync that ended.' },
      ),
    ),
    health: Type.Optional(
      Type.Enum(['Healthy', 'Progressing', 'Degraded', 'Suspended', 'Missing', 'Unknown'], {
        type: 'string',
        description: 'The worst health of its objects.',
      }),
    ),
    drift: Type.Optional(
      Type.Object(
        { objects: Type.Integer({ description: 'Objects that are not as Git says.' }) },
        { description: 'What differs from Git.' },
      ),
    ),
    capture: Type.Optional(
      Type.Object(
        {
          state: Type.Enum(['Waiting', 'Writing', 'Committed', 'PullRequestOpen', 'Refused'], {
            type: 'string',
            description: 'Where it is: in the quiet period, on its way, in the branch, proposed, or not captured.',
          }),
          at: Type.String({ format: 'date-time', description: 'Since when.' }),
          commit: Type.Optional(Type.String({ description: 'Full id of the commit that holds the change.' })),
          pullRequest: Type.Optional(
            Type.String({ description: 'Where people see the pull request that proposes it.' }),
          ),
          message: Type.String({ maxLength: 8192, description: 'What is captured, or why not.' }),
          proposed: Type.Optional(
            Type.Object(
              {
                operation: Type.String({ description: 'The Operation that its branch is called after.' }),
                commit: Type.String({ description: 'Full id of the commit that the branch was left at.' }),
                number: Type.Integer({ description: 'Number of the pull request.' }),
              },
              { description: 'What was proposed last: while that is open, what is captured next is added to it.' },
            ),
          ),
          taken: Type.Optional(
            Type.String({
              maxLength: 131072,
              description:
                'What was taken from the cluster and put back there, until Git has it: a restart goes on with it.',
            }),
          ),
        },
        { description: 'The last drift that was to become a commit.' },
      ),
    ),
    handledRequest: Type.Optional(
      Type.String({ description: 'The value of the annotation `plumbline.dev/requestedAt` that was last acted on.' }),
    ),
    handledSyncRequest: Type.Optional(
      Type.String({
        description: 'The value of the annotation `plumbline.dev/syncRequestedAt` that was last acted on.',
      }),
    ),
    history: Type.Optional(Type.Array(historySchema, { description: 'The last 20 syncs, the newest first.' })),
    conditions: Type.Optional(conditionsSchema),
  },
  { description: 'What was done and what was found.' },
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

/** One entry of an Application's history. */
export type HistoryEntry = NonNullable<ApplicationStatus['history']>[number];

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

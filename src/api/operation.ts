import { Type } from 'typebox';
import { apiVersion } from '../names.ts';
import { metadataSchema } from './metadata.ts';

const userSchema = Type.Object(
  {
    username: Type.String({ maxLength: 1024, description: 'Name, as Kubernetes knows it.' }),
    email: Type.Optional(Type.String({ maxLength: 1024, description: 'Address, where one is known.' })),
  },
  { description: 'Who asked for it.' },
);

const changeSchema = Type.Object(
  {
    verb: Type.Enum(['create', 'replace', 'patch', 'delete'], { type: 'string', description: 'What is done.' }),
    group: Type.Optional(Type.String({ maxLength: 253, description: 'API group; left out for the core group.' })),
    kind: Type.String({ maxLength: 253, description: 'Kind.' }),
    name: Type.String({ maxLength: 253, description: 'Name.' }),
    resourceVersion: Type.Optional(
      Type.String({
        description:
          'Where the object goes straight to the cluster: its version before; left out where there was none. Tells after a restart what was done.',
      }),
    ),
  },
  { description: 'What is done to one object. Its content is in Git, and not here.' },
);

const specSchema = Type.Object(
  {
    user: userSchema,
    action: Type.String({ maxLength: 256, description: '`Action` of the commit.' }),
    message: Type.Optional(Type.String({ maxLength: 4096, description: '`Message` of the commit.' })),
    mode: Type.Enum(['commit', 'pullRequest', 'direct'], {
      type: 'string',
      description: 'Whether it is committed to the branch, proposed, or done in the cluster without Git.',
    }),
    application: Type.Optional(
      Type.String({
        maxLength: 253,
        description: 'Name of the Application whose files are changed; left out where Git maintains the namespace.',
      }),
    ),
    repository: Type.Optional(Type.String({ maxLength: 2048, description: 'URL of the repository.' })),
    repositoryRef: Type.Optional(
      Type.String({
        maxLength: 253,
        description: 'Name of the Repository in the namespace; that of the namespace itself where it is left out.',
      }),
    ),
    branch: Type.Optional(
      Type.String({ maxLength: 255, description: 'The branch; the default branch where it is left out.' }),
    ),
    proposedWith: Type.Optional(
      Type.String({
        maxLength: 253,
        description: 'The Operation to whose pull request it is added, as long as that is open.',
      }),
    ),
    changes: Type.Array(changeSchema, { maxItems: 1000, description: 'What is done to which objects.' }),
    digest: Type.String({ maxLength: 64, description: 'SHA-256 of the request: tells a repeated one from another.' }),
  },
  { description: 'What was asked for.' },
);

const problemSchema = Type.Object(
  {
    code: Type.String({ description: 'Stable code of the error.' }),
    message: Type.String({ description: 'What happened.' }),
    where: Type.Optional(Type.String({ description: 'Object, file or field.' })),
    hint: Type.Optional(Type.String({ description: 'What to do about it.' })),
  },
  { description: 'Why it failed.' },
);

const statusSchema = Type.Object(
  {
    state: Type.Enum(['Pending', 'Committed', 'PullRequestOpen', 'Applied', 'Unchanged', 'Failed'], {
      type: 'string',
      description:
        'Under way; in the branch; proposed; in the cluster without Git; as it was asked for already; or not done.',
    }),
    commit: Type.Optional(Type.String({ description: 'Full id of the commit that holds the change.' })),
    pullRequest: Type.Optional(
      Type.Object(
        {
          number: Type.Integer({ description: 'Its number at the forge.' }),
          link: Type.String({ description: 'Where people see it.' }),
        },
        { description: 'The pull request that proposes the change.' },
      ),
    ),
    finishedAt: Type.Optional(Type.String({ format: 'date-time', description: 'When its outcome was known.' })),
    message: Type.Optional(Type.String({ description: 'What there is to say.' })),
    problems: Type.Optional(Type.Array(problemSchema, { description: 'All that went wrong.' })),
  },
  { description: 'What became of it.' },
);

/** A change that somebody asked for, and what became of it. */
export const operationSchema = Type.Object(
  {
    apiVersion: Type.Literal(apiVersion),
    kind: Type.Literal('Operation'),
    metadata: metadataSchema,
    spec: specSchema,
    status: Type.Optional(statusSchema),
  },
  { description: 'A change that somebody asked for through Plumbline, and what became of it.' },
);

/** A change that somebody asked for, and what became of it. */
export type Operation = Type.Static<typeof operationSchema>;

/** What became of a change. */
export type OperationStatus = NonNullable<Operation['status']>;

/** Where a change is. */
export type OperationState = OperationStatus['state'];

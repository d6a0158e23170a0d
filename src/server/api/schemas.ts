import { type TSchema, Type } from 'typebox';
import { apiVersion, applicationSchema, repositorySchema } from '../../api/index.ts';

/** A namespace and a name, in a path. */
export const namedParams = Type.Object({
  namespace: Type.String({ minLength: 1, maxLength: 63, description: 'The namespace.' }),
  name: Type.String({ minLength: 1, maxLength: 253, description: 'The name.' }),
});

/** The namespace of a list. */
export const namespaceQuery = {
  namespace: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 63,
      description: 'Those of this namespace. Otherwise of all in which the user may list them.',
    }),
  ),
};

const text = (description: string) => Type.Optional(Type.String({ description }));
const texts = (description: string) => Type.Optional(Type.Record(Type.String(), Type.String(), { description }));

const metadataAnswer = Type.Object(
  {
    name: Type.String({ description: 'The name.' }),
    namespace: Type.String({ description: 'The namespace.' }),
    uid: text('What tells it from one of the same name before or after.'),
    resourceVersion: text('The version that the watch last showed; a write of the status alone may be ahead of it.'),
    generation: Type.Optional(Type.Integer({ description: 'Counts the changes of `spec`.' })),
    creationTimestamp: text('When it was made, RFC 3339.'),
    deletionTimestamp: text('When its deletion was asked for, RFC 3339.'),
    finalizers: Type.Optional(Type.Array(Type.String(), { description: 'What has to be done before it goes.' })),
    labels: texts('Its labels.'),
    annotations: texts('Its annotations.'),
  },
  { $id: 'ObjectMeta', description: 'The metadata of a resource, without `managedFields`.' },
);

/** What every resource of Plumbline has. */
export const ownFields = {
  apiVersion: Type.Literal(apiVersion, { description: 'Group and version.' }),
  metadata: metadataAnswer,
};

/** An Application as `kubectl get -o json` shows it. */
export const applicationAnswer = Type.Object(
  {
    ...applicationSchema.properties,
    ...ownFields,
    kind: Type.Literal('Application', { description: 'The kind.' }),
  },
  {
    $id: 'Application',
    description: 'An Application: what it is to hold, and what was done and found. See docs/application-reference.md.',
  },
);

/** A Repository as `kubectl get -o json` shows it. */
export const repositoryAnswer = Type.Object(
  {
    ...repositorySchema.properties,
    ...ownFields,
    kind: Type.Literal('Repository', { description: 'The kind.' }),
  },
  { $id: 'Repository', description: 'A Repository: what Applications read, and what was fetched.' },
);

/** An object of any kind. */
export const anyObject = Type.Object(
  {
    apiVersion: Type.String({ description: 'Group and version: `apps/v1`.' }),
    kind: Type.String({ description: 'The kind: `Deployment`.' }),
    metadata: Type.Object(
      { name: Type.String({ description: 'The name.' }) },
      { description: 'As Kubernetes has it.' },
    ),
  },
  {
    $id: 'KubernetesObject',
    additionalProperties: true,
    description: 'An object of Kubernetes of any kind. The values of a Secret are masked.',
  },
);

/** Where something stands. */
export const locationSchema = Type.Object(
  {
    repository: Type.Optional(Type.String({ description: 'URL of the repository, without credentials.' })),
    commit: Type.Optional(Type.String({ description: 'Full id of the commit.' })),
    file: Type.Optional(Type.String({ description: 'Path in the repository, with forward slashes.' })),
    line: Type.Optional(Type.Integer({ description: 'Line in the file, from 1.' })),
    column: Type.Optional(Type.Integer({ description: 'Column in the line, from 1.' })),
    object: Type.Optional(Type.String({ description: 'The object: `apps/Deployment prod/nginx`.' })),
    field: Type.Optional(Type.String({ description: 'The field of the object, or of the request.' })),
  },
  { $id: 'Location', description: 'Where something stands: as much of it as is known.' },
);

/** One thing that is wrong, inside an answer that is none of refusal. */
export const problemSchema = Type.Object(
  {
    code: Type.String({ description: 'Stable code: docs/errors.md lists them all.' }),
    message: Type.String({ description: 'What happened.' }),
    where: Type.Optional(locationSchema),
    hint: Type.Optional(Type.String({ description: 'What to do next.' })),
    sides: Type.Optional(
      Type.Object(
        {
          base: Type.Unknown({ description: 'What the field was before both changes; null for nothing.' }),
          ours: Type.Unknown({ description: 'What this change makes of it; null for nothing.' }),
          theirs: Type.Unknown({ description: 'What somebody else has made of it; null for nothing.' }),
        },
        { description: 'Of a conflict: both sides.' },
      ),
    ),
  },
  { $id: 'Problem', description: 'One thing that is wrong.' },
);

/** Every answer that refuses or fails. */
export const problemAnswerSchema = Type.Object(
  {
    title: Type.String({ description: 'What the code means.' }),
    status: Type.Integer({ description: 'The HTTP status.' }),
    code: Type.String({ description: 'Code of the first problem: docs/errors.md lists them all.' }),
    detail: Type.String({ description: 'What happened, of all problems.' }),
    requestId: Type.String({ description: 'The id of the request, which the log names too.' }),
    errors: Type.Array(problemSchema, { description: 'All problems, and not only the first.' }),
  },
  { $id: 'Problems', description: 'Why a request was refused or failed (RFC 9457).' },
);

/** The health of an object. */
export const healthSchema = Type.Object(
  {
    status: Type.Enum(['Healthy', 'Progressing', 'Degraded', 'Suspended', 'Missing', 'Unknown'], {
      type: 'string',
      description: 'In the words of the field.',
    }),
    message: Type.String({ description: 'Why, in one sentence; empty where there is nothing to add.' }),
  },
  { $id: 'Health', description: 'How well an object does.' },
);

/** A key of an object. */
export const keySchema = Type.Object(
  {
    group: Type.String({ description: 'API group, empty for the core group.' }),
    kind: Type.String({ description: 'The kind: `Deployment`.' }),
    namespace: Type.String({ description: 'Empty for an object that lives in no namespace.' }),
    name: Type.String({ description: 'The name.' }),
  },
  { $id: 'ObjectKey', description: 'What names an object.' },
);

/** A list that is whole, with what the user may not see counted. */
export function visibleList<Item extends TSchema>(item: Item, description: string) {
  return {
    items: Type.Array(item, { description }),
    hidden: Type.Integer({ description: 'So many more there are that the user may not get.' }),
  };
}

/** Who has a field. */
export const fieldWriterSchema = Type.Object(
  {
    manager: Type.String({ description: 'The field manager.' }),
    operation: Type.Enum(['Apply', 'Update'], {
      type: 'string',
      description: 'How it set the field: by a server-side apply, or otherwise.',
    }),
    subresource: Type.String({ description: 'The subresource that it wrote to; empty for the object itself.' }),
    time: Type.String({ description: 'When it last wrote to the object, RFC 3339; empty where that is not told.' }),
  },
  { $id: 'FieldWriter', description: 'Who has a field, as `metadata.managedFields` tells it.' },
);

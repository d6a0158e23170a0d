import type { TSchema } from 'typebox';
import type { JsonObject, KubeObject } from '../object.ts';
import { applicationSchema } from './application.ts';
import { group, version } from '../names.ts';
import { operationSchema } from './operation.ts';
import { repositorySchema } from './repository.ts';

interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'date' | 'integer';
  readonly jsonPath: string;
  readonly description: string;
  readonly priority?: number;
}

interface Kind {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  readonly schema: TSchema;
  readonly labels?: Readonly<Record<string, string>>;
  readonly columns: readonly PrinterColumn[];
}

const condition = (type: string, field: string) => `.status.conditions[?(@.type=="${type}")].${field}`;

const age: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Time since it was created.',
};

const kinds: readonly Kind[] = [
  {
    kind: 'Application',
    plural: 'applications',
    shortNames: ['app', 'apps'],
    schema: applicationSchema,
    // Marks the kind as a possible parent of an ApplySet (KEP-3659), so that kubectl accepts it as one.
    labels: { 'applyset.kubernetes.io/is-parent-type': 'true' },
    columns: [
      {
        name: 'Synced',
        type: 'string',
        jsonPath: condition('Synced', 'status'),
        description: 'Is the cluster as Git says?',
      },
      { name: 'Health', type: 'string', jsonPath: '.status.health', description: 'The worst health of its objects.' },
      {
        name: 'Revision',
        type: 'string',
        jsonPath: '.status.revision',
        description: 'The commit that was last applied.',
      },
      {
        name: 'Reason',
        type: 'string',
        jsonPath: condition('Ready', 'reason'),
        description: 'Why it is or is not ready.',
      },
      {
        name: 'Message',
        type: 'string',
        jsonPath: condition('Ready', 'message'),
        description: 'What there is to say.',
        priority: 1,
      },
      age,
    ],
  },
  {
    kind: 'Repository',
    plural: 'repositories',
    shortNames: ['repo', 'repos'],
    schema: repositorySchema,
    columns: [
      { name: 'URL', type: 'string', jsonPath: '.spec.url', description: 'Where it is.' },
      { name: 'Ready', type: 'string', jsonPath: condition('Ready', 'status'), description: 'Could it be read?' },
      { name: 'Revision', type: 'string', jsonPath: '.status.revision', description: 'The commit that was last seen.' },
      {
        name: 'Message',
        type: 'string',
        jsonPath: condition('Ready', 'message'),
        description: 'What there is to say.',
        priority: 1,
      },
      age,
    ],
  },
  {
    kind: 'Operation',
    plural: 'operations',
    shortNames: ['op', 'ops'],
    schema: operationSchema,
    columns: [
      { name: 'State', type: 'string', jsonPath: '.status.state', description: 'What became of it.' },
      { name: 'Action', type: 'string', jsonPath: '.spec.action', description: 'What was done.' },
      { name: 'User', type: 'string', jsonPath: '.spec.user.username', description: 'Who asked for it.' },
      { name: 'Commit', type: 'string', jsonPath: '.status.commit', description: 'The commit that holds the change.' },
      {
        name: 'Message',
        type: 'string',
        jsonPath: '.status.message',
        description: 'What there is to say.',
        priority: 1,
      },
      age,
    ],
  },
];

/** JSON Schema words that a structural schema of Kubernetes understands as they are. */
const kept = [
  'type',
  'description',
  'default',
  'enum',
  'format',
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'maxProperties',
  'required',
] as const;

type SchemaNode = { readonly [word: string]: unknown };

/**
 * A TypeBox schema as a structural schema of a CRD. Constants become enums, records become
 * `additionalProperties`, and closedness is dropped: the API server prunes or refuses unknown fields itself.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
function structural(node: SchemaNode): JsonObject {
  const result: Record<string, unknown> = {};
  for (const word of kept) if (node[word] !== undefined) result[word] = node[word];
  for (const [word, value] of Object.entries(node)) if (word.startsWith('x-kubernetes-')) result[word] = value;
  if (node.const !== undefined) result.enum = [node.const];
  if (node.properties !== undefined) {
    result.properties = mapValues(node.properties as Record<string, SchemaNode>, structural);
  }
  if (node.patternProperties !== undefined) {
    const [values] = Object.values(node.patternProperties as Record<string, SchemaNode>);
    if (values !== undefined) result.additionalProperties = structural(values);
  }
  if (node.items !== undefined) result.items = structural(node.items as SchemaNode);
  return result as JsonObject;
}

function mapValues<A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

function rootSchema(schema: TSchema): JsonObject {
  const { properties = {}, description } = schema as SchemaNode & { properties?: Record<string, SchemaNode> };
  return {
    type: 'object',
    description: description as string,
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      ...mapValues({ spec: properties.spec ?? {}, status: properties.status ?? {} }, structural),
    },
  };
}

function crd(kind: Kind): KubeObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${group}`, ...(kind.labels === undefined ? {} : { labels: kind.labels }) },
    spec: {
      group,
      scope: 'Namespaced',
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.kind.toLowerCase(),
        shortNames: kind.shortNames,
        categories: ['plumbline'],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: kind.columns,
          schema: { openAPIV3Schema: rootSchema(kind.schema) },
        },
      ],
    },
  };
}

/** The CustomResourceDefinitions of Plumbline, made from the types in this room. */
export function crds(): KubeObject[] {
  return kinds.map(crd);
}

import type { RouteOptions } from 'fastify';
import { catalogue, type ErrorCode } from '../../errors.ts';
import { statusOf } from '../statuses.ts';
import type { Access } from './context.ts';
import { problemAnswerSchema } from './schemas.ts';

/** What an OpenAPI document is made of: JSON, as it is served. */
export type Document = { readonly [key: string]: unknown };

type Schema = Readonly<Record<string, unknown>>;

const description = `The HTTP API of Plumbline. Times are RFC 3339, paths of files have forward slashes.

Who asks is found out by a session or by \`Authorization: Bearer\`; what they may do is asked of Kubernetes, by SubjectAccessReview and
by acting as them. Lists show what the user may see.

Every refusal is \`application/problem+json\` with a stable code (docs/errors.md) and all problems at once. Every answer has an
\`X-Request-Id\`, which is the one that was sent where it is fit for a log. What is read has an \`ETag\`; send it as \`If-None-Match\`
and what has not changed is answered with 304. Lists have \`limit\` and \`cursor\`, and tell the next page in \`next\` and in \`Link\`.`;

const tags = [
  ['Applications', 'Sets of objects that the cluster holds as Git says.'],
  ['Repositories', 'What Applications read.'],
  ['Namespaces', 'Objects of namespaces, changed in Git where Git maintains them, and what became of each change.'],
  ['Namespaces', 'Objects of namespaces, which become commits where Git maintains them, and what became of it.'],
  ['Audit', 'Who changed what, read from Git; and the way back.'],
  ['Operators', 'Changes of operators in any language.'],
  ['Events', 'What changes, as it changes.'],
  ['About', 'This installation, and who is signed in.'],
] as const;

/** Errors of every route that somebody has to sign in for. */
const always: readonly ErrorCode[] = ['server.invalid', 'auth.required', 'internal'];

/** The OpenAPI document of routes, in the order in which they were added. Made from nothing but their schemas. */
export function openApiDocument(routes: readonly RouteOptions[], version: string): Document {
  const components = new Map<string, Schema>();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const { schema } = route;
    if (schema?.operationId === undefined) continue;
    const path = route.url.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [String(route.method).toLowerCase()]: operationOf(route, components) };
  }
  const known = new Set<string>(tags.map(([name]) => name));
  const others = new Set(routes.flatMap(({ schema }) => schema?.tags ?? []).filter((tag) => !known.has(tag)));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Plumbline',
      version,
      description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The server that this document comes from.' }],
    security: [{ bearer: [] }, { session: [] }],
    tags: [...tags.map(([name, text]) => ({ name, description: text })), ...[...others].map((name) => ({ name }))],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A token of Kubernetes or of `plumb login`.' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'plumbline_session',
          description: 'Of somebody who signed in with a browser.',
        },
      },
      schemas: Object.fromEntries([...components].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    },
  };
}

function operationOf({ schema = {}, config }: RouteOptions, components: Map<string, Schema>): Schema {
  const { operationId, summary, description: text, tags: ofRoute, errors = [], produces = 'application/json' } = schema;
  const access = config?.access;
  const responses = (schema.response ?? {}) as Readonly<Record<string, Schema>>;
  const body = schema.body as Schema | undefined;
  const codes = access === 'open' ? ['internal' as const, ...errors] : [...always, ...errors];
  return {
    operationId,
    summary,
    description: [text, rightText(access)].filter((part) => part !== undefined).join('\n\n') || summary,
    ...(ofRoute === undefined ? {} : { tags: ofRoute }),
    ...(access === 'open' ? { security: [] } : {}),
    parameters: [
      ...parametersOf(schema.params as Schema | undefined, 'path', components),
      ...parametersOf(schema.querystring as Schema | undefined, 'query', components),
      ...parametersOf(schema.headers as Schema | undefined, 'header', components),
    ],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: hoist(body, components) } } } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(responses).map(([status, each]) => [
          status,
          {
            description: typeof each['description'] === 'string' ? each['description'] : 'It is done.',
            content: { [produces]: { schema: hoist(each, components) } },
          },
        ]),
      ),
      ...errorResponses(codes, components),
    },
  };
}

function rightText(access: Access | undefined): string | undefined {
  if (typeof access !== 'object') return undefined;
  const { verb, group, resource, subresource } = access;
  const name = `${resource}${subresource === undefined ? '' : `/${subresource}`}${group === '' ? '' : `.${group}`}`;
  return `Needs the verb \`${verb}\` for \`${name}\`.`;
}

function parametersOf(schema: Schema | undefined, place: string, components: Map<string, Schema>): Schema[] {
  const properties = (schema?.['properties'] ?? {}) as Readonly<Record<string, Schema>>;
  const required = new Set((schema?.['required'] ?? []) as readonly string[]);
  return Object.entries(properties).map(([name, { description: text, ...each }]) => ({
    name,
    in: place,
    // What has a default need not be sent.
    required: required.has(name) && each['default'] === undefined,
    description: text,
    schema: hoist(each, components),
  }));
}

function errorResponses(codes: readonly ErrorCode[], components: Map<string, Schema>): Record<string, Schema> {
  const byStatus = Map.groupBy(new Set(codes), statusOf);
  return Object.fromEntries(
    [...byStatus]
      .toSorted(([a], [b]) => a - b)
      .map(([status, each]) => [
        status,
        {
          description: each.map((code) => `\`${code}\`: ${catalogue[code].summary}`).join('\n\n'),
          content: { 'application/problem+json': { schema: hoist(problemAnswerSchema, components) } },
        },
      ]),
  );
}

/** Fields that are for Kubernetes alone. */
const foreign = /^(?:x-kubernetes-|\$id$)/;

/** The schema as it stands in the document: what has a name is written once, among the components. */
function hoist(schema: unknown, components: Map<string, Schema>): Schema {
  const { $id: id } = schema as { readonly $id?: string };
  if (id === undefined) return copied(schema, components) as Schema;
  if (!components.has(id)) {
    // First the name, so that what speaks of itself ends.
    components.set(id, {});
    components.set(id, copied(schema, components) as Schema);
  }
  return { $ref: `#/components/schemas/${id}` };
}

function copied(value: unknown, components: Map<string, Schema>): unknown {
  if (Array.isArray(value)) return value.map((item) => nested(item, components));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !foreign.test(key))
      .map(([key, each]) => [key, nested(each, components)]),
  );
}

const nested = (value: unknown, components: Map<string, Schema>): unknown =>
  typeof value === 'object' && value !== null && '$id' in value ? hoist(value, components) : copied(value, components);

import { Type } from 'typebox';
import { group, type Operation, operationSchema } from '../../../api/index.ts';
import type { RouteGroup } from '../context.ts';
import { leading, missing } from '../leading.ts';
import { pageFrom, pageOf, pageQuery } from '../page.ts';
import { namedParams, ownFields } from '../schemas.ts';

const operationAnswer = Type.Object(
  {
    ...operationSchema.properties,
    ...ownFields,
    kind: Type.Literal('Operation', { description: 'The kind.' }),
  },
  { $id: 'Operation', description: 'A change that somebody asked for, and what became of it.' },
);

const namespaceParams = Type.Object({
  namespace: Type.String({ minLength: 1, maxLength: 63, description: 'The namespace.' }),
});

const shown = ({ apiVersion, kind, metadata, spec, status }: Operation): Operation => {
  const { managedFields: _managed, ...kept } = metadata as Operation['metadata'] & { readonly managedFields?: unknown };
  return { apiVersion, kind, metadata: kept, spec, ...(status === undefined ? {} : { status }) };
};

/** A text that sorts the newest first, and those of one second by their names. */
function newestFirst({ metadata }: Operation): string {
  const at = Date.parse(metadata.creationTimestamp ?? '') || 0;
  return `${String(1e15 - at).padStart(16, '0')} ${metadata.name}`;
}

/** What became of changes. */
export const operationRoutes: RouteGroup = (app, context) => {
  const tags = ['Namespaces'];
  app.get(
    '/operations/:namespace',
    {
      config: { access: { verb: 'list', group, resource: 'operations' } },
      schema: {
        operationId: 'listOperations',
        summary: 'The changes of a namespace, the newest first',
        description: 'Those of the last seven days, and at most about 200.',
        tags,
        params: namespaceParams,
        querystring: Type.Object(pageQuery, { additionalProperties: false }),
        response: { 200: pageOf(operationAnswer, 'The Operations.') },
        errors: ['auth.forbidden', 'server.unavailable'],
      },
    },
    async (request, reply) => {
      const { operations } = leading(context.changes);
      const found = await operations.list(request.params.namespace, request.ending);
      const sorted = found
        .map((each) => ({ key: newestFirst(each), each }))
        .toSorted((a, b) => (a.key < b.key ? -1 : 1));
      const { items, ...page } = pageFrom(sorted, ({ key }) => key, request.query, request, reply);
      return { items: items.map(({ each }) => shown(each)), ...page };
    },
  );
  app.get(
    '/operations/:namespace/:name',
    {
      config: { access: { verb: 'get', group, resource: 'operations' } },
      schema: {
        operationId: 'getOperation',
        summary: 'What became of a change',
        tags,
        params: namedParams,
        response: { 200: operationAnswer },
        errors: ['auth.forbidden', 'server.missing', 'server.unavailable'],
      },
    },
    async (request) => {
      const { namespace, name } = request.params;
      const found = await leading(context.changes).operations.get(namespace, name, request.ending);
      return found === undefined ? missing('Operation', namespace, name) : shown(found);
    },
  );
};

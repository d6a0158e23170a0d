import { Type } from 'typebox';
import { group } from '../../../api/index.ts';
import { userOf } from '../caller.ts';
import type { RouteGroup } from '../context.ts';
import { repositoryNamed, viewsOf } from '../leading.ts';
import { pageFrom, pageOf, pageQuery } from '../page.ts';
import { namedParams, namespaceQuery, repositoryAnswer } from '../schemas.ts';
import { namespacesWith } from '../visible.ts';

/** Repositories, many and one. */
export const repositoryRoutes: RouteGroup = (app, context) => {
  app.get(
    '/repositories',
    {
      config: { access: 'signed-in' },
      schema: {
        operationId: 'listRepositories',
        summary: 'Repositories and what was fetched',
        description: 'In the order of namespace and name, those that the user may list.',
        tags: ['Repositories'],
        querystring: Type.Object({ ...pageQuery, ...namespaceQuery }, { additionalProperties: false }),
        response: { 200: pageOf(repositoryAnswer, 'The Repositories.') },
        errors: ['auth.forbidden', 'server.unavailable'],
      },
    },
    async (request, reply) => {
      const views = viewsOf(context);
      const { namespace } = request.query;
      const right = { verb: 'list', group, resource: 'repositories' } as const;
      if (namespace !== undefined) {
        await context.authorizer.require(userOf(request), { ...right, namespace }, request.ending);
      }
      const found = [...views.repositories()].filter(
        ({ metadata }) => namespace === undefined || metadata.namespace === namespace,
      );
      const mayList =
        namespace === undefined
          ? await namespacesWith(
              context,
              request,
              right,
              found.map(({ metadata }) => metadata.namespace),
            )
          : () => true;
      const sorted = found
        .filter(({ metadata }) => mayList(metadata.namespace))
        .map((repository) => ({ id: `${repository.metadata.namespace}/${repository.metadata.name}`, repository }))
        .toSorted((a, b) => (a.id < b.id ? -1 : 1));
      const { items, ...page } = pageFrom(sorted, ({ id }) => id, request.query, request, reply);
      return { items: items.map(({ repository }) => repository), ...page };
    },
  );
  app.get(
    '/repositories/:namespace/:name',
    {
      config: { access: { verb: 'get', group, resource: 'repositories' } },
      schema: {
        operationId: 'getRepository',
        summary: 'One Repository',
        tags: ['Repositories'],
        params: namedParams,
        response: { 200: repositoryAnswer },
        errors: ['auth.forbidden', 'server.missing', 'server.unavailable'],
      },
    },
    async (request) => repositoryNamed(viewsOf(context), request.params),
  );
};

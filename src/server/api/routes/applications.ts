import { type Static, Type } from 'typebox';
import { type Application, findCondition, group, sourcesOf } from '../../../api/index.ts';
import { userOf } from '../caller.ts';
import type { RouteGroup } from '../context.ts';
import { applicationNamed, viewsOf } from '../leading.ts';
import { pageFrom, pageOf, pageQuery } from '../page.ts';
import { applicationAnswer, namedParams, namespaceQuery } from '../schemas.ts';
import { namespacesWith } from '../visible.ts';

const healths = ['Healthy', 'Progressing', 'Degraded', 'Suspended', 'Missing', 'Unknown'] as const;
const syncs = ['Synced', 'OutOfSync', 'Unknown'] as const;

const filters = Type.Object(
  {
    ...pageQuery,
    ...namespaceQuery,
    health: Type.Optional(Type.Enum([...healths], { type: 'string', description: 'Those that do so well.' })),
    sync: Type.Optional(
      Type.Enum([...syncs], { type: 'string', description: 'Those that are, or are not, as Git says.' }),
    ),
    repository: Type.Optional(
      Type.String({ maxLength: 253, description: 'Those that read the Repository of this name.' }),
    ),
    suspended: Type.Optional(Type.Boolean({ description: 'Those that are, or are not, suspended.' })),
    history: Type.Boolean({
      default: false,
      description: 'With `status.history`, which is more than half of an Application.',
    }),
    search: Type.Optional(Type.String({ maxLength: 253, description: 'Those whose name holds this text.' })),
  },
  { additionalProperties: false },
);

type Filters = Static<typeof filters>;

const idOf = ({ metadata }: Application): string => `${metadata.namespace}/${metadata.name}`;

function syncOf({ status }: Application): (typeof syncs)[number] {
  const synced = findCondition(status?.conditions, 'Synced')?.status;
  return synced === 'True' ? 'Synced' : synced === 'False' ? 'OutOfSync' : 'Unknown';
}

function fits(application: Application, wanted: Filters): boolean {
  const { metadata, spec, status } = application;
  return (
    (wanted.namespace === undefined || metadata.namespace === wanted.namespace) &&
    (wanted.search === undefined || metadata.name.includes(wanted.search)) &&
    (wanted.suspended === undefined || (spec.suspend === true) === wanted.suspended) &&
    (wanted.health === undefined || (status?.health ?? 'Unknown') === wanted.health) &&
    (wanted.sync === undefined || syncOf(application) === wanted.sync) &&
    (wanted.repository === undefined ||
      sourcesOf(application).some(({ repositoryRef }) => repositoryRef.name === wanted.repository))
  );
}

function withoutHistory({ status, ...application }: Application): Application {
  if (status === undefined) return application;
  const { history: _history, ...rest } = status;
  return { ...application, status: rest };
}

/** Applications, many and one. */
export const applicationRoutes: RouteGroup = (app, context) => {
  app.get(
    '/applications',
    {
      config: { access: 'signed-in' },
      schema: {
        operationId: 'listApplications',
        summary: 'Applications and their state',
        description:
          'In the order of namespace and name. Without `namespace` those of all namespaces in which the user may list Applications.',
        tags: ['Applications'],
        querystring: filters,
        response: { 200: pageOf(applicationAnswer, 'The Applications.') },
        errors: ['auth.forbidden', 'server.unavailable'],
      },
    },
    async (request, reply) => {
      const views = viewsOf(context);
      const { query } = request;
      const right = { verb: 'list', group, resource: 'applications' } as const;
      if (query.namespace !== undefined) {
        const { namespace } = query;
        await context.authorizer.require(userOf(request), { ...right, namespace }, request.ending);
      }
      const found = [...views.applications()].filter((application) => fits(application, query));
      const mayList =
        query.namespace === undefined
          ? await namespacesWith(
              context,
              request,
              right,
              found.map(({ metadata }) => metadata.namespace),
            )
          : () => true;
      const sorted = found
        .filter(({ metadata }) => mayList(metadata.namespace))
        .map((application) => ({ id: idOf(application), application }))
        .toSorted((a, b) => (a.id < b.id ? -1 : 1));
      const { items, ...page } = pageFrom(sorted, ({ id }) => id, query, request, reply);
      const shown = query.history ? (application: Application) => application : withoutHistory;
      return { items: items.map(({ application }) => shown(application)), ...page };
    },
  );
  app.get(
    '/applications/:namespace/:name',
    {
      config: { access: { verb: 'get', group, resource: 'applications' } },
      schema: {
        operationId: 'getApplication',
        summary: 'One Application',
        tags: ['Applications'],
        params: namedParams,
        response: { 200: applicationAnswer },
        errors: ['auth.forbidden', 'server.missing', 'server.unavailable'],
      },
    },
    async (request) => applicationNamed(viewsOf(context), request.params),
  );
};

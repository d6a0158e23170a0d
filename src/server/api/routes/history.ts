import { Type } from 'typebox';
import { group, historySchema } from '../../../api/index.ts';
import type { RouteGroup } from '../context.ts';
import { applicationNamed, repositoryNamed, viewsOf } from '../leading.ts';
import { namedParams } from '../schemas.ts';

const entrySchema = Type.Object(
  {
    uid: Type.String({ description: 'Uid of the Event in the cluster that says the same.' }),
    at: Type.String({ format: 'date-time', description: 'When, RFC 3339.' }),
    type: Type.Enum(['Normal', 'Warning'], { type: 'string', description: 'Whether something went wrong.' }),
    reason: Type.String({ description: 'One word for programs: `Synced`, `SyncFailed`, `DriftReverted`, ….' }),
    message: Type.String({
      description: 'For people. The first line is a summary; each object that was touched or refused has one more.',
    }),
  },
  { $id: 'LogEntry', description: 'One thing that was done.' },
);

const logAnswer = Type.Object({ items: Type.Array(entrySchema, { description: 'The oldest first, at most 50.' }) });
const logDescription =
  'What the leading process has done since it leads. What was done before is in the Events of the cluster for as long as it keeps them.';

/** What was done for an Application. */
export const historyRoutes: RouteGroup = (app, context) => {
  const access = { verb: 'get', group, resource: 'applications' } as const;
  const errors = ['auth.forbidden', 'server.missing', 'server.unavailable'] as const;
  app.get(
    '/applications/:namespace/:name/history',
    {
      config: { access },
      schema: {
        operationId: 'getApplicationHistory',
        summary: 'The last syncs of an Application',
        description: 'At most 20, the newest first. They are kept in the status of the Application.',
        tags: ['Applications'],
        params: namedParams,
        response: {
          200: Type.Object({
            items: Type.Array(
              Type.Object(historySchema.properties, { $id: 'HistoryEntry', description: 'One sync.' }),
              {
                description: 'The syncs.',
              },
            ),
          }),
        },
        errors: [...errors],
      },
    },
    async (request) => ({ items: applicationNamed(viewsOf(context), request.params).status?.history ?? [] }),
  );
  app.get(
    '/applications/:namespace/:name/logs',
    {
      config: { access },
      schema: {
        operationId: 'getApplicationLogs',
        summary: 'What was done for an Application, object by object',
        description: logDescription,
        tags: ['Applications'],
        params: namedParams,
        response: { 200: logAnswer },
        errors: [...errors],
      },
    },
    async (request) => {
      const views = viewsOf(context);
      const { namespace, name } = applicationNamed(views, request.params).metadata;
      return { items: [...views.logs({ kind: 'Application', namespace, name })] };
    },
  );
  app.get(
    '/repositories/:namespace/:name/logs',
    {
      config: { access: { ...access, resource: 'repositories' } },
      schema: {
        operationId: 'getRepositoryLogs',
        summary: 'What was done for a Repository',
        description: logDescription,
        tags: ['Repositories'],
        params: namedParams,
        response: { 200: logAnswer },
        errors: [...errors],
      },
    },
    async (request) => {
      const views = viewsOf(context);
      const { namespace, name } = repositoryNamed(views, request.params).metadata;
      return { items: [...views.logs({ kind: 'Repository', namespace, name })] };
    },
  );
};

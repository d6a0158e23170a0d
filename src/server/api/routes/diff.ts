import { Type } from 'typebox';
import { group } from '../../../api/index.ts';
import type { RouteGroup } from '../context.ts';
import { missing, viewsOf } from '../leading.ts';
import { fieldWriterSchema, keySchema, namedParams, problemSchema, visibleList } from '../schemas.ts';
import { visibleObjects } from '../visible.ts';
import { selectorsSchema } from '../../../sync-request.ts';

const changeSchema = Type.Object(
  {
    path: Type.String({
      description: '`spec.template.spec.containers[name=web].image`; empty for the object as a whole.',
    }),
    before: Type.Optional(Type.Unknown({ description: 'What is there; missing where the field is new.' })),
    after: Type.Optional(Type.Unknown({ description: 'What would be there; missing where the field goes.' })),
    owners: Type.Optional(
      Type.Array(fieldWriterSchema, { description: 'Who has set what is there; missing where nobody is known.' }),
    ),
  },
  { $id: 'FieldChange', description: 'One field that would change. Values of a Secret are masked.' },
);

const diffSchema = Type.Object(
  {
    id: Type.String({ description: 'The key as text: `apps/Deployment prod/nginx`.' }),
    key: keySchema,
    change: Type.Enum(['create', 'update', 'recreate', 'delete', 'none'], {
      type: 'string',
      description: 'What a sync would do with the object.',
    }),
    changes: Type.Array(changeSchema, { description: 'The fields, in the order of the object.' }),
  },
  { $id: 'ObjectDiff', description: 'How an object differs from what Git says.' },
);

const dryRunSchema = Type.Object(
  {
    id: Type.String({ description: 'The key as text.' }),
    key: keySchema,
    action: Type.String({
      description:
        '`created`, `configured`, `recreated`, `unchanged`, `drifted` (it differs and would be left so), `pruned`, `failed` (the API server would refuse it) or `skipped`.',
    }),
  },
  { $id: 'ObjectDryRun', description: 'What a sync would do with an object.' },
);

const blockedSchema = Type.Object(
  {
    id: Type.String({ description: 'The key as text.' }),
    key: keySchema,
    reason: Type.String({
      description:
        '`claimed`, `terminating`, `prune-off`, `empty-render`, `limit`, `confirm`, `kept`, `holds-others` or `unreachable` (its API does not answer).',
    }),
    message: Type.String({ description: 'One sentence for a person.' }),
  },
  { $id: 'Blocked', description: 'An object that a sync would not touch, and why.' },
);

/** What a sync of an Application would change. */
export const diffRoutes: RouteGroup = (app, context) => {
  app.get(
    '/applications/:namespace/:name/diff',
    {
      config: { access: { verb: 'get', group, resource: 'applications' } },
      schema: {
        operationId: 'diffApplication',
        summary: 'What a sync would change now, field by field',
        description:
          'Found by server-side dry-runs with the rights of the Application, at the version that it follows. Nothing is changed. Objects that the user may not get are only counted, and their problems left out.',
        tags: ['Applications'],
        params: namedParams,
        response: {
          200: Type.Object(
            {
              ...visibleList(diffSchema, 'The objects that differ, in the order in which a sync deals with them.'),
              problems: Type.Array(problemSchema, { description: 'What the API server would refuse.' }),
              blocked: Type.Array(blockedSchema, { description: 'What a sync would not do, and why.' }),
              approval: Type.Optional(
                Type.String({ description: 'What approves the prune that waits for it: see `approvePrune`.' }),
              ),
            },
            { $id: 'ApplicationDiff', description: 'What a sync would change.' },
          ),
        },
        errors: ['auth.forbidden', 'server.missing', 'server.unavailable', 'kube.unreachable'],
      },
    },
    async (request) => {
      const { namespace, name } = request.params;
      const views = viewsOf(context);
      const found = await views.diff(namespace, name, request.ending);
      if (found === undefined) return missing('Application', namespace, name);
      const objects = views.objects(namespace, name)?.objects ?? [];
      const visible = new Set((await visibleObjects(context, request, objects)).map(({ id }) => id));
      const diffs = found.diffs.filter(({ id }) => visible.has(id));
      return {
        items: diffs.map(({ key, changes, ...diff }) => ({
          ...diff,
          key: { ...key },
          changes: changes.map(({ owners, ...change }) => ({
            ...change,
            ...(owners === undefined ? {} : { owners: [...owners] }),
          })),
        })),
        hidden: found.diffs.length - diffs.length,
        problems: found.problems.filter(({ where }) => where?.object === undefined || visible.has(where.object)),
        blocked: found.blocked
          .filter(({ id }) => visible.has(id))
          .map(({ key, ...each }) => ({ ...each, key: { ...key } })),
        ...(found.approval === undefined ? {} : { approval: found.approval }),
      };
    },
  );

  app.post(
    '/applications/:namespace/:name/dry-run',
    {
      config: { access: { verb: 'get', group, resource: 'applications' } },
      schema: {
        operationId: 'dryRunSync',
        summary: 'What the API server would answer to a sync now',
        description:
          'A rehearsal of each write, with the rights of the Application. Nothing is changed. Objects that the user may not get are only counted, and their problems left out.',
        tags: ['Applications'],
        params: namedParams,
        body: Type.Object({ resources: Type.Optional(selectorsSchema) }, { additionalProperties: false }),
        response: {
          200: Type.Object(
            {
              ...visibleList(dryRunSchema, 'All objects, in the order in which a sync deals with them.'),
              problems: Type.Array(problemSchema, { description: 'What the API server would refuse.' }),
              blocked: Type.Array(blockedSchema, { description: 'What a sync would not do, and why.' }),
              approval: Type.Optional(
                Type.String({ description: 'What approves the prune that waits for it: see `approvePrune`.' }),
              ),
            },
            { $id: 'SyncDryRun', description: 'What a sync would come to.' },
          ),
        },
        errors: ['auth.forbidden', 'server.missing', 'server.unavailable', 'kube.unreachable'],
      },
    },
    async (request) => {
      const { namespace, name } = request.params;
      const views = viewsOf(context);
      const found = await views.dryRun(namespace, name, request.body.resources, request.ending);
      if (found === undefined) return missing('Application', namespace, name);
      const objects = views.objects(namespace, name)?.objects ?? [];
      const visible = new Set((await visibleObjects(context, request, objects)).map(({ id }) => id));
      const results = found.results.filter(({ id }) => visible.has(id));
      return {
        items: results.map(({ id, key, action }) => ({ id, key: { ...key }, action })),
        hidden: found.results.length - results.length,
        problems: found.problems.filter(({ where }) => where?.object === undefined || visible.has(where.object)),
        blocked: found.blocked
          .filter(({ id }) => visible.has(id))
          .map(({ key, ...each }) => ({ ...each, key: { ...key } })),
        ...(found.approval === undefined ? {} : { approval: found.approval }),
      };
    },
  );
};

import { Type } from 'typebox';
import { group } from '../../../api/index.ts';
import type { RouteGroup } from '../context.ts';
import { missing, viewsOf } from '../leading.ts';
import { keySchema, namedParams, problemSchema, visibleList } from '../schemas.ts';
import { visibleObjects } from '../visible.ts';

const companionSchema = Type.Object(
  {
    id: Type.String({ description: 'The key as text.' }),
    key: keySchema,
    resource: Type.String({ description: 'Name of the kind in the words of RBAC: `pods`.' }),
  },
  { $id: 'Companion', description: 'An object that goes along with another.' },
);

const deletionSchema = Type.Object(
  {
    id: Type.String({ description: 'The key as text: `apps/Deployment prod/nginx`.' }),
    key: keySchema,
    outcome: Type.Enum(['delete', 'blocked', 'leaving', 'refused', 'not-reached'], {
      type: 'string',
      description:
        'What would become of it: deleted, kept by a guard, being deleted already, refused by the API server, or not reached for something before it.',
    }),
    reason: Type.String({
      description:
        '`not-desired`, or the guard: `prune-off`, `empty-render`, `limit`, `confirm`, `kept`, `holds-others`, `unreachable`.',
    }),
    message: Type.String({ description: 'One sentence for a person.' }),
    step: Type.Optional(Type.Integer({ description: 'Its place in the order, from 1.' })),
    takes: Type.Array(companionSchema, { description: 'What would go with it: what it owns, and what lives in it.' }),
  },
  { $id: 'SimulatedDeletion', description: 'What a prune would do with an object that Git does not have any more.' },
);

/** What a prune of an Application would do. */
export const pruneRoutes: RouteGroup = (app, context) => {
  app.get(
    '/applications/:namespace/:name/prune',
    {
      config: { access: { verb: 'get', group, resource: 'applications' } },
      schema: {
        operationId: 'simulatePrune',
        summary: 'What a prune would delete now, in which order, and what keeps the rest',
        description:
          'Found by the plan, the guards and the calls of a prune, each a dry run with the rights of the Application. Nothing is changed. Objects that the user may not get are only counted.',
        tags: ['Applications'],
        params: namedParams,
        querystring: Type.Object(
          {
            approval: Type.Optional(
              Type.String({
                maxLength: 256,
                description: 'A token that is taken for given, to see what it would let go.',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object(
            {
              ...visibleList(deletionSchema, 'What would go, in that order; after it what would not.'),
              problems: Type.Array(problemSchema, { description: 'What the API server would refuse.' }),
              unseen: Type.Array(Type.String(), {
                description: 'Kinds of which it is not known what would go along: not allowed, or not answering.',
              }),
              approval: Type.Optional(
                Type.String({ description: 'What approves the deletions that wait for it: see `approvePrune`.' }),
              ),
            },
            { $id: 'PruneSimulation', description: 'What a prune would do.' },
          ),
        },
        errors: ['auth.forbidden', 'server.missing', 'server.unavailable', 'kube.unreachable'],
      },
    },
    async (request) => {
      const { namespace, name } = request.params;
      const views = viewsOf(context);
      const found = await views.prune(namespace, name, request.query.approval, request.ending);
      if (found === undefined) return missing('Application', namespace, name);
      const members = views.objects(namespace, name)?.objects ?? [];
      const companions = found.deletions.flatMap(({ takes }) => takes);
      const visible = new Set(
        (await visibleObjects(context, request, [...members, ...companions])).map(({ id }) => id),
      );
      const seen = found.deletions.filter(({ id }) => visible.has(id));
      const items = seen.map(({ key, takes, ...deletion }) => ({
        ...deletion,
        key: { ...key },
        takes: takes.filter(({ id }) => visible.has(id)).map((each) => ({ ...each, key: { ...each.key } })),
      }));
      const all = new Set([...found.deletions, ...companions].map(({ id }) => id));
      return {
        items,
        hidden: [...all].filter((id) => !visible.has(id)).length,
        problems: found.problems.filter(({ where }) => where?.object === undefined || visible.has(where.object)),
        unseen: [...found.unseen],
        ...(found.approval === undefined ? {} : { approval: found.approval }),
      };
    },
  );
};

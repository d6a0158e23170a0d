import { Type } from 'typebox';
import { group } from '../../../api/index.ts';
import type { RouteGroup } from '../context.ts';
import { missing, viewsOf } from '../leading.ts';
import { fieldWriterSchema, keySchema, namedParams, problemSchema, visibleList } from '../schemas.ts';
import { visibleObjects } from '../visible.ts';

const fieldSchema = Type.Object(
  {
    path: Type.String({ description: '`spec.template.spec.containers[name=web].image`' }),
    state: Type.Enum(['unmanaged', 'foreign', 'shared'], {
      type: 'string',
      description:
        '`unmanaged`: Git does not give it. `foreign`: Git gives it, and another manager has it in its place. `shared`: Git gives it, and another manager has it as well.',
    }),
    owner: Type.Optional(fieldWriterSchema),
  },
  {
    $id: 'OwnedField',
    description: "A field that is not Git's alone; without an owner where it is a default. No value is told.",
  },
);

const ownersSchema = Type.Object(
  {
    id: Type.String({ description: 'The key as text: `apps/Deployment prod/nginx`.' }),
    key: keySchema,
    fields: Type.Array(fieldSchema, { description: 'By owner; what nobody has comes last.' }),
  },
  { $id: 'ObjectOwners', description: 'Whose the fields of an object are.' },
);

/** Whose the fields of the objects of an Application are. */
export const ownersRoutes: RouteGroup = (app, context) => {
  app.get(
    '/applications/:namespace/:name/owners',
    {
      config: { access: { verb: 'get', group, resource: 'applications' } },
      schema: {
        operationId: 'listFieldOwners',
        summary: 'The fields of the live objects that Git does not give, or that another manager has',
        description:
          'Read from `metadata.managedFields` with the rights of the Application. Objects that the user may not get are only counted, and their problems left out.',
        tags: ['Applications'],
        params: namedParams,
        response: {
          200: Type.Object(
            {
              ...visibleList(ownersSchema, 'The objects that have such fields.'),
              problems: Type.Array(problemSchema, { description: 'What could not be read.' }),
            },
            { $id: 'ApplicationOwners', description: 'Whose the fields of the objects of an Application are.' },
          ),
        },
        errors: ['auth.forbidden', 'server.missing', 'server.unavailable', 'kube.unreachable'],
      },
    },
    async (request) => {
      const { namespace, name } = request.params;
      const views = viewsOf(context);
      const found = await views.owners(namespace, name, request.ending);
      if (found === undefined) return missing('Application', namespace, name);
      const objects = views.objects(namespace, name)?.objects ?? [];
      const visible = new Set((await visibleObjects(context, request, objects)).map(({ id }) => id));
      const owners = found.owners.filter(({ id }) => visible.has(id));
      return {
        items: owners.map(({ id, key, fields }) => ({
          id,
          key: { ...key },
          fields: fields.map(({ owner, ...field }) => ({
            ...field,
            ...(owner === undefined ? {} : { owner: { ...owner } }),
          })),
        })),
        hidden: found.owners.length - owners.length,
        problems: found.problems.filter(({ where }) => where?.object === undefined || visible.has(where.object)),
      };
    },
  );
};

import { Type } from 'typebox';
import { group } from '../../../api/index.ts';
import type { ObjectChange } from '../../../controller/index.ts';
import { groupOf, type KubeObject } from '../../../object.ts';
import { userOf } from '../caller.ts';
import { change, changeAnswer, changeErrors } from '../change-answer.ts';
import type { RouteGroup } from '../context.ts';

const name = (description: string) => Type.String({ minLength: 1, maxLength: 253, description });

const objectSchema = Type.Object(
  {
    apiVersion: name('Group and version.'),
    kind: name('Kind.'),
    metadata: Type.Object(
      { name: name('Name.') },
      { additionalProperties: true, description: 'The namespace is that of the request.' },
    ),
  },
  { additionalProperties: true, description: 'An object as it shall be, as a whole.' },
);

const removedSchema = Type.Object(
  { apiVersion: name('Group and version.'), kind: name('Kind.'), name: name('Name.') },
  {
    additionalProperties: false,
    description: 'An object that shall not be any more. One that is not there is no error.',
  },
);

const bodySchema = Type.Object(
  {
    operator: Type.String({
      minLength: 1,
      maxLength: 63,
      pattern: '^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$',
      description: 'Name of the operator, for people.',
    }),
    namespace: Type.String({ minLength: 1, maxLength: 63, description: 'The namespace of all objects.' }),
    objects: Type.Array(objectSchema, { default: [], maxItems: 500, description: 'Objects as they shall be.' }),
    removed: Type.Array(removedSchema, {
      default: [],
      maxItems: 500,
      description: 'Objects that shall not be any more.',
    }),
    action: Type.Optional(
      Type.String({ minLength: 1, maxLength: 256, description: '`Action` of the commit, such as `Canary promoted`.' }),
    ),
    message: Type.Optional(Type.String({ maxLength: 4096, description: '`Message` of the commit.' })),
    operation: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 255,
        pattern: '^[\\x21-\\x7e]+$',
        description: 'Names the change. Whoever sends it again gets the answer of the first time.',
      }),
    ),
    dryRun: Type.Boolean({ default: false, description: 'Tries everything, and commits nothing.' }),
  },
  { additionalProperties: false },
);

/** GitSync for operators in any language: what they want becomes one commit. */
export const gitSyncRoutes: RouteGroup = (app, context) => {
  app.post(
    '/gitsync',
    {
      config: { access: 'signed-in' },
      schema: {
        operationId: 'gitSync',
        summary: 'Commit what an operator wants',
        description:
          'All of it becomes one commit, or one pull request, where Git maintains the namespace; else it is written to the cluster. The caller needs the verb `gitsync` on `operations.plumbline.dev` in the namespace, and the rights to make the change itself: it is tried in their name first. See docs/operators.md.',
        tags: ['Operators'],
        querystring: Type.Object(
          {
            wait: Type.Optional(
              Type.Literal('synced', { description: 'Answer when the cluster has the commit, or after two minutes.' }),
            ),
          },
          { additionalProperties: false },
        ),
        body: bodySchema,
        response: { 200: changeAnswer },
        errors: ['auth.forbidden', ...changeErrors],
      },
    },
    async (request) => {
      const { operator, namespace, objects, removed, action = operator, message, operation, dryRun } = request.body;
      const right = { verb: 'gitsync', group, resource: 'operations', namespace };
      await context.authorizer.require(userOf(request), right, request.ending);
      const changes: ObjectChange[] = [
        ...objects.map((object): ObjectChange => ({ verb: 'put', object: object as KubeObject })),
        ...removed.map(({ apiVersion, kind, name: of }): ObjectChange => ({
          verb: 'delete',
          name: { group: groupOf(apiVersion), kind, name: of },
          ifThere: true,
        })),
      ];
      const { wait } = request.query;
      return change(context, request, {
        namespace,
        changes,
        query: {
          action,
          dryRun,
          ...(message === undefined ? {} : { message }),
          ...(wait === undefined ? {} : { wait }),
        },
        idempotencyKey: operation,
      });
    },
  );
};

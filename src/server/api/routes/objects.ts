import { hash } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { group } from '../../../api/index.ts';
import { type ApplicationObjects, type ObjectView, showObjects, type Views } from '../../../controller/index.ts';
import { plumbError, type Problem } from '../../../errors.ts';
import { clientOf } from '../caller.ts';
import type { RouteGroup } from '../context.ts';
import { missing, type Named, viewsOf } from '../leading.ts';
import {
  anyObject,
  healthSchema,
  keySchema,
  locationSchema,
  namedParams,
  problemSchema,
  visibleList,
} from '../schemas.ts';
import { visibleObjects } from '../visible.ts';

const objectFields = {
  id: Type.String({ description: 'The key as text: `apps/Deployment prod/nginx`.' }),
  key: keySchema,
  apiVersion: Type.String({ description: 'Group and version: `apps/v1`.' }),
  sync: Type.Enum(['Synced', 'OutOfSync', 'Unknown'], {
    type: 'string',
    description: 'Whether it is as Git says; `Unknown` where it is not known what Git says, or what there is.',
  }),
  reason: Type.Optional(
    Type.String({
      description:
        'Why it is OutOfSync: `missing`, `changed` in Git, `drifted`, `unproven` until it is applied, `not-desired`, `leaving`, or what blocks it: `claimed`, `terminating`, `prune-off`, `empty-render`, `limit`, `confirm`, `kept`, `holds-others`. `unreachable` where it is Unknown, as its API does not answer.',
    }),
  ),
  message: Type.Optional(Type.String({ description: 'The same for a person, where there is more to say.' })),
  health: healthSchema,
  origin: Type.Optional(locationSchema),
  uid: Type.Optional(Type.String({ description: 'Uid of the live object; missing where there is none.' })),
  deletionTimestamp: Type.Optional(Type.String({ description: 'When its deletion was asked for, RFC 3339.' })),
};

const objectAnswer = Type.Object(objectFields, {
  $id: 'ApplicationObject',
  description: 'An object of an Application.',
});

const oneAnswer = Type.Object(
  {
    ...objectFields,
    desired: Type.Optional(anyObject),
    live: Type.Optional(anyObject),
  },
  {
    $id: 'ObjectDetail',
    description:
      'An object of an Application as Git says (`desired`) and as it lives (`live`). Values of a Secret are masked, equal ones with equal masks in both.',
  },
);

const objectParams = Type.Object({
  ...namedParams.properties,
  kind: Type.String({ maxLength: 317, description: 'As kubectl writes it: `Deployment.apps`, `Service`.' }),
  object: Type.String({ maxLength: 253, description: 'The name of the object.' }),
});

const errors = ['auth.forbidden', 'server.missing', 'server.unavailable'] as const;

function objectsOf(views: Views, { namespace, name }: Named): ApplicationObjects {
  return views.objects(namespace, name) ?? missing('Application', namespace, name);
}

function answerOf({
  resource: _resource,
  desired: _desired,
  revision: _revision,
  key,
  ...view
}: ObjectView): Static<typeof objectAnswer> {
  return { ...view, key: { ...key }, health: { ...view.health } };
}

const plain = ({ code, message, where, hint }: Problem): Static<typeof problemSchema> => ({
  code,
  message,
  ...(where === undefined ? {} : { where }),
  ...(hint === undefined ? {} : { hint }),
});

function kindOf({ key }: ObjectView): string {
  return key.group === '' ? key.kind : `${key.kind}.${key.group}`;
}

/** The one object of a kind and a name; of several namespaces, the one that is meant has to be told. */
function oneOf(objects: readonly ObjectView[], namespace: string | undefined): ObjectView | undefined {
  const found = objects.filter(({ key }) => namespace === undefined || key.namespace === namespace);
  if (found.length < 2) return found[0];
  const namespaces = found.map(({ key }) => key.namespace).join(', ');
  throw plumbError('server.invalid', `there is one in each of these namespaces: ${namespaces}`, {
    where: { field: 'query.objectNamespace' },
  });
}

/** The objects of an Application, all and one. */
export const objectRoutes: RouteGroup = (app, context) => {
  const access = { verb: 'get', group, resource: 'applications' } as const;
  app.get(
    '/applications/:namespace/:name/objects',
    {
      config: { access },
      schema: {
        operationId: 'listApplicationObjects',
        summary: 'The objects of an Application, each with its sync state and health',
        description:
          'What Git says and what lives, in the order of kind, namespace and name. Objects that the user may not get are only counted.',
        tags: ['Applications'],
        params: namedParams,
        response: {
          200: Type.Object({
            ...visibleList(objectAnswer, 'The objects that the user may get.'),
            problems: Type.Array(problemSchema, { description: 'Why it is not known what Git says.' }),
            approval: Type.Optional(
              Type.String({ description: 'What approves the prune that waits for it: see `approvePrune`.' }),
            ),
          }),
        },
        errors: [...errors],
      },
    },
    async (request) => {
      const { objects, problems, approval } = objectsOf(viewsOf(context), request.params);
      const visible = await visibleObjects(context, request, objects);
      return {
        items: visible.map(answerOf),
        hidden: objects.length - visible.length,
        problems: problems.map(plain),
        ...(approval === undefined ? {} : { approval }),
      };
    },
  );
  app.get(
    '/applications/:namespace/:name/objects/:kind/:object',
    {
      config: { access },
      schema: {
        operationId: 'getApplicationObject',
        summary: 'One object of an Application, as Git says and as it lives',
        description:
          'The live object is read at the moment, as the user: whoever may not get it is refused. Its `ETag` is for `If-Match` of a change.',
        tags: ['Applications'],
        params: objectParams,
        querystring: Type.Object(
          {
            objectNamespace: Type.Optional(
              Type.String({
                maxLength: 63,
                description: 'Of the object; needed where several have its kind and name.',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: oneAnswer },
        errors: [...errors, 'kube.forbidden'],
      },
    },
    async (request, reply) => {
      const { kind, object: name } = request.params;
      const { objects } = objectsOf(viewsOf(context), request.params);
      const named = objects.filter((object) => object.key.name === name && kindOf(object) === kind);
      const found = oneOf(await visibleObjects(context, request, named), request.query.objectNamespace);
      if (found === undefined) {
        throw plumbError('server.missing', `the Application has no ${kind} ${name} that you may get`);
      }
      const { key, apiVersion, desired } = found;
      const live = await clientOf(context, request).get({ ...key, apiVersion }, { signal: request.ending });
      // Together, so that equal values of a Secret look equal.
      const shown = showObjects([desired, live]);
      const answer = {
        ...answerOf(found),
        ...(shown[0] === undefined ? {} : { desired: shown[0] }),
        ...(shown[1] === undefined ? {} : { live: shown[1] }),
      };
      // For If-Match: which commit has been seen. What lives is in the answer as well, so that it is more than the commit.
      if (found.revision !== undefined) {
        const content = hash('sha256', JSON.stringify(answer), 'base64url').slice(0, 27);
        reply.header('etag', `W/"${content}-${found.revision}"`);
      }
      return answer;
    },
  );
};

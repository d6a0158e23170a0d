import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { group } from '../../../api/index.ts';
import type { AppChangeRequest, AppObjectChange, AppObjectName } from '../../../controller/index.ts';
import { plumbError } from '../../../errors.ts';
import { groupOf, type KubeObject } from '../../../object.ts';
import { kubeUser } from '../../auth/kube-user.ts';
import { appChangeAnswer, appChangeAnswerOf } from '../app-change-answer.ts';
import { appChangeBody, appChangesIn } from '../app-change-body.ts';
import { userOf } from '../caller.ts';
import { changeErrors, changeHeaders, changeQuery, matchHeaders } from '../change-answer.ts';
import type { ApiContext, RouteGroup } from '../context.ts';
import { kindDescription, parseKind } from '../kinds.ts';
import { applicationNamed, leading, viewsOf } from '../leading.ts';
import { patchTypeOf, patchTypeQuery } from '../patch-type.ts';
import { namedParams } from '../schemas.ts';

const objectParams = Type.Object({
  ...namedParams.properties,
  kind: Type.String({ maxLength: 317, description: kindDescription }),
  object: Type.String({ minLength: 1, maxLength: 253, description: 'The name of the object.' }),
});

const query = {
  ...changeQuery.properties,
  mode: Type.Optional(
    Type.Enum(['commit', 'pullRequest'], {
      type: 'string',
      description:
        '`pullRequest` proposes what would be committed. What the Application does where it is left out is `spec.writeBack.mode`; who says PullRequest there has no commits made.',
    }),
  ),
};
const objectNamespace = Type.Optional(
  Type.String({ maxLength: 63, description: 'Of the object; needed where several have its kind and name.' }),
);
const setQuery = Type.Object(query, { additionalProperties: false });
const objectQuery = Type.Object({ ...query, objectNamespace }, { additionalProperties: false });
const patchQuery = Type.Object({ ...query, objectNamespace, type: patchTypeQuery }, { additionalProperties: false });

interface Asked {
  readonly changes: readonly AppObjectChange[];
  readonly query: Static<typeof setQuery>;
  readonly params: Static<typeof namedParams>;
  readonly idempotencyKey: string | undefined;
}

async function change(
  context: ApiContext,
  request: FastifyRequest,
  { changes, query: { action, message, dryRun, wait, mode }, params: { namespace, name }, idempotencyKey }: Asked,
): Promise<Static<typeof appChangeAnswer>> {
  const signedIn = userOf(request);
  applicationNamed(viewsOf(context), { namespace, name });
  const asked: AppChangeRequest = {
    namespace,
    application: name,
    user: { ...kubeUser(signedIn), ...(signedIn.email === undefined ? {} : { email: signedIn.email }) },
    changes,
    dryRun,
    ...(mode === undefined ? {} : { mode }),
    ...(action === undefined ? {} : { action }),
    ...(message === undefined ? {} : { message }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
  const options = { signal: request.ending, ...(wait === undefined ? {} : { wait }) };
  return appChangeAnswerOf(await leading(context.changes).changeApplication(asked, options));
}

type ObjectParams = Static<typeof objectParams>;

const nameIn = ({ kind, object }: ObjectParams, namespace: string | undefined): AppObjectName => ({
  ...parseKind(kind),
  name: object,
  ...(namespace === undefined ? {} : { namespace }),
});

/** The object, which has to be the one of the path. */
function objectAt(params: ObjectParams, namespace: string | undefined, body: object): KubeObject {
  const { group: wanted, kind, name } = nameIn(params, namespace);
  const { apiVersion, kind: own, metadata } = body as Partial<KubeObject>;
  const isIt =
    own === kind &&
    groupOf(apiVersion ?? '') === wanted &&
    metadata?.name === name &&
    (namespace ?? metadata.namespace) === (metadata.namespace ?? namespace);
  if (!isIt) {
    const message = `the body is another object than ${params.kind} ${name}`;
    throw plumbError('server.invalid', message, { where: { field: 'body' } });
  }
  if (namespace === undefined) return body as KubeObject;
  return { ...(body as KubeObject), metadata: { ...metadata, namespace } };
}

const seen = (ifMatch: string | undefined) => (ifMatch === undefined ? {} : { ifMatch });

/** Changes of the objects of Applications: each is placed where the object comes from. */
export const applicationChangeRoutes: RouteGroup = (app, context) => {
  const tags = ['Applications'];
  const access = { verb: 'change', group, resource: 'applications' } as const;
  const errors = [...changeErrors, 'auth.forbidden', 'server.missing'] as const;
  const how =
    'It is placed in the files that the object comes from and proved by rendering, and all that changes is tried on the API server as the user; then it is one commit, or one pull request. The user needs the verb `change` on the Application, and the rights to make the change itself. See docs/placing-changes.md.';
  const path = '/applications/:namespace/:name/objects/:kind/:object';
  const schema = { description: how, tags, response: { 200: appChangeAnswer } };

  app.post(
    '/applications/:namespace/:name/objects',
    {
      config: { access },
      schema: {
        ...schema,
        operationId: 'changeApplicationObjects',
        summary: 'Create, replace, patch and delete objects of an Application with one commit',
        params: namedParams,
        querystring: setQuery,
        headers: changeHeaders,
        body: appChangeBody,
        errors: [
          ...errors,
          'writeback.exists',
          'writeback.not-in-git',
          'writeback.patch-invalid',
          'writeback.patch-test',
        ],
      },
    },
    async (request) => {
      const { changes, action, message } = appChangesIn(request.body);
      const given = { ...(action === undefined ? {} : { action }), ...(message === undefined ? {} : { message }) };
      return change(context, request, {
        changes,
        query: { ...given, ...request.query },
        params: request.params,
        idempotencyKey: request.headers['idempotency-key'],
      });
    },
  );
  app.put(
    path,
    {
      config: { access },
      schema: {
        ...schema,
        operationId: 'putApplicationObject',
        summary: 'Create an object of an Application, or replace it',
        params: objectParams,
        querystring: objectQuery,
        headers: matchHeaders,
        body: Type.Object({}, { additionalProperties: true, description: 'The object.' }),
        errors: [...errors],
      },
    },
    async (request) => {
      const { params, headers } = request;
      const { objectNamespace: namespace, ...rest } = request.query;
      const object = objectAt(params, namespace, request.body);
      return change(context, request, {
        changes: [{ verb: 'put', object, ...seen(headers['if-match']) }],
        query: rest,
        params,
        idempotencyKey: headers['idempotency-key'],
      });
    },
  );
  app.patch(
    path,
    {
      config: { access },
      schema: {
        ...schema,
        operationId: 'patchApplicationObject',
        summary: 'Change a part of an object of an Application',
        params: objectParams,
        querystring: patchQuery,
        headers: matchHeaders,
        body: Type.Unknown({ description: 'The patch; a list where it is a JSON patch.' }),
        errors: [...errors, 'writeback.not-in-git', 'writeback.patch-invalid', 'writeback.patch-test'],
      },
    },
    async (request) => {
      const { params, headers } = request;
      const { objectNamespace: namespace, type, ...rest } = request.query;
      return change(context, request, {
        changes: [
          {
            verb: 'patch',
            name: nameIn(params, namespace),
            type: patchTypeOf(headers['content-type'], type),
            patch: request.body,
            ...seen(headers['if-match']),
          },
        ],
        query: rest,
        params,
        idempotencyKey: headers['idempotency-key'],
      });
    },
  );
  app.delete(
    path,
    {
      config: { access },
      schema: {
        ...schema,
        operationId: 'deleteApplicationObject',
        summary: 'Take an object of an Application out of Git',
        params: objectParams,
        querystring: objectQuery,
        headers: matchHeaders,
        errors: [...errors, 'writeback.not-in-git'],
      },
    },
    async (request) => {
      const { params, headers } = request;
      const { objectNamespace: namespace, ...rest } = request.query;
      return change(context, request, {
        changes: [{ verb: 'delete', name: nameIn(params, namespace), ...seen(headers['if-match']) }],
        query: rest,
        params,
        idempotencyKey: headers['idempotency-key'],
      });
    },
  );
};

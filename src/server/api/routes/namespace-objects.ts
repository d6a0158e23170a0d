import { type Static, Type } from 'typebox';
import { type ObjectChange, showObjects } from '../../../controller/index.ts';
import { plumbError } from '../../../errors.ts';
import { formatKey, groupOf, type KubeObject, type ObjectKey } from '../../../object.ts';
import { clientOf, userOf } from '../caller.ts';
import { change, changeAnswer, changeErrors, changeHeaders, changeQuery, matchHeaders } from '../change-answer.ts';
import { changeBody, changesIn } from '../change-body.ts';
import type { ApiContext, RouteGroup } from '../context.ts';
import { kindDescription, parseKind, resourceOf } from '../kinds.ts';
import { leading } from '../leading.ts';
import { patchMedia, patchTypeOf, patchTypeQuery } from '../patch-type.ts';
import { anyObject } from '../schemas.ts';
import { freshQuery, namespaceParams } from './namespace-params.ts';

const objectParams = Type.Object({
  ...namespaceParams.properties,
  kind: Type.String({ maxLength: 317, description: kindDescription }),
  object: Type.String({ minLength: 1, maxLength: 253, description: 'The name of the object.' }),
});

const patchQuery = Type.Object({ ...changeQuery.properties, type: patchTypeQuery }, { additionalProperties: false });

type Params = Static<typeof objectParams>;

const keyIn = ({ namespace, kind, object }: Params): ObjectKey => ({ ...parseKind(kind), namespace, name: object });

/** The object, which has to be the one of the path. */
function objectAt(params: Params, body: object): KubeObject {
  const key = keyIn(params);
  const { apiVersion, kind, metadata } = body as Partial<KubeObject>;
  const isIt = kind === key.kind && groupOf(apiVersion ?? '') === key.group && metadata?.name === key.name;
  if (isIt) return body as KubeObject;
  throw plumbError('server.invalid', `the body is another object than ${formatKey(key)}`, { where: { field: 'body' } });
}

async function readObject(
  context: ApiContext,
  request: Parameters<typeof clientOf>[1],
  params: Params,
  fresh: boolean,
) {
  const key = keyIn(params);
  const { namespace } = params;
  const resource = await resourceOf(context, params.kind, request.ending);
  const gitops = leading(context.gitops);
  const right = { verb: 'get', group: resource.group, resource: resource.plural, namespace, name: key.name };
  await context.authorizer.require(userOf(request), right, request.ending);
  const settings = gitops.settingsOf(namespace);
  if (settings !== undefined) return gitops.objects.get(settings, key, { signal: request.ending, fresh });
  const live = await clientOf(context, request).get(
    { ...key, apiVersion: resource.apiVersion },
    { signal: request.ending },
  );
  return live === undefined ? undefined : { object: live, etag: `"${live.metadata.resourceVersion ?? ''}"` };
}

/** The version that the caller has seen. */
function seen({ headers }: { readonly headers: Static<typeof matchHeaders> }): { readonly ifMatch?: string } {
  const ifMatch = headers['if-match'];
  return ifMatch === undefined ? {} : { ifMatch };
}

/** Objects of namespaces: what Git holds where Git maintains them, else what lives. */
export const namespaceObjectRoutes: RouteGroup = (app, context) => {
  const tags = ['Namespaces'];
  const access = 'signed-in';
  const asUser =
    'It is tried on the API server as the user first, and every refusal is told; then it is committed, or made in the cluster where Git does not maintain the namespace.';
  app.addContentTypeParser(Object.keys(patchMedia), { parseAs: 'string' }, app.getDefaultJsonParser('error', 'error'));

  app.post(
    '/namespaces/:namespace/objects',
    {
      config: { access },
      schema: {
        operationId: 'changeObjects',
        summary: 'Create objects, or create, replace and delete several with one commit',
        description: asUser,
        tags,
        params: namespaceParams,
        querystring: changeQuery,
        headers: changeHeaders,
        body: changeBody,
        response: { 200: changeAnswer },
        errors: [...changeErrors, 'writeback.exists', 'writeback.not-in-git', 'kube.already-exists'],
      },
    },
    async (request) => {
      const { changes, action, message } = changesIn(request.body);
      const given = { ...(action === undefined ? {} : { action }), ...(message === undefined ? {} : { message }) };
      return change(context, request, {
        namespace: request.params.namespace,
        changes,
        query: { ...given, ...request.query },
        idempotencyKey: request.headers['idempotency-key'],
      });
    },
  );

  app.get(
    '/namespaces/:namespace/objects/:kind/:object',
    {
      config: { access },
      schema: {
        operationId: 'getObject',
        summary: 'One object of a namespace, as its repository has it',
        description:
          'As it was fetched last, or written through Plumbline since; `fresh=true` asks the Git server. As it lives, where Git does not maintain the namespace. Needs the verb `get` for the object. Its `ETag` is for `If-Match`. Values of a Secret are masked.',
        tags,
        params: objectParams,
        querystring: Type.Object(freshQuery, { additionalProperties: false }),
        response: { 200: anyObject },
        errors: [
          'auth.forbidden',
          'server.missing',
          'kube.no-such-kind',
          'controller.gitops-unknown',
          'controller.gitops-invalid',
          'controller.gitops-starting',
          'server.unavailable',
        ],
      },
    },
    async (request, reply) => {
      const found = await readObject(context, request, request.params, request.query.fresh);
      const [shown] = showObjects([found?.object]);
      if (found === undefined || shown === undefined)
        throw plumbError('server.missing', `there is no ${formatKey(keyIn(request.params))}`);
      reply.header('etag', found.etag);
      return shown;
    },
  );

  app.put(
    '/namespaces/:namespace/objects/:kind/:object',
    {
      config: { access },
      schema: {
        operationId: 'putObject',
        summary: 'Create an object, or replace it',
        description: asUser,
        tags,
        params: objectParams,
        querystring: changeQuery,
        headers: matchHeaders,
        body: Type.Object({}, { additionalProperties: true, description: 'The object.' }),
        response: { 200: changeAnswer },
        errors: [...changeErrors],
      },
    },
    async (request) => {
      const object = objectAt(request.params, request.body);
      const changes: readonly ObjectChange[] = [{ verb: 'put', object, ...seen(request) }];
      const { query, params, headers } = request;
      return change(context, request, {
        namespace: params.namespace,
        changes,
        query,
        idempotencyKey: headers['idempotency-key'],
      });
    },
  );

  app.patch(
    '/namespaces/:namespace/objects/:kind/:object',
    {
      config: { access },
      schema: {
        operationId: 'patchObject',
        summary: 'Change a part of an object',
        description: asUser,
        tags,
        params: objectParams,
        querystring: patchQuery,
        headers: matchHeaders,
        body: Type.Unknown({ description: 'The patch; a list where it is a JSON patch.' }),
        response: { 200: changeAnswer },
        errors: [...changeErrors, 'writeback.not-in-git', 'writeback.patch-invalid', 'writeback.patch-test'],
      },
    },
    async (request) => {
      const { type, ...query } = request.query;
      const { namespace, ...name } = keyIn(request.params);
      const changes: readonly ObjectChange[] = [
        {
          verb: 'patch',
          name,
          type: patchTypeOf(request.headers['content-type'], type),
          patch: request.body,
          ...seen(request),
        },
      ];
      return change(context, request, {
        namespace,
        changes,
        query,
        idempotencyKey: request.headers['idempotency-key'],
      });
    },
  );

  app.delete(
    '/namespaces/:namespace/objects/:kind/:object',
    {
      config: { access },
      schema: {
        operationId: 'deleteObject',
        summary: 'Delete an object',
        description: asUser,
        tags,
        params: objectParams,
        querystring: changeQuery,
        headers: matchHeaders,
        response: { 200: changeAnswer },
        errors: [...changeErrors, 'writeback.not-in-git'],
      },
    },
    async (request) => {
      const { namespace, ...name } = keyIn(request.params);
      const changes: readonly ObjectChange[] = [{ verb: 'delete', name, ...seen(request) }];
      const { query, headers } = request;
      return change(context, request, { namespace, changes, query, idempotencyKey: headers['idempotency-key'] });
    },
  );
};

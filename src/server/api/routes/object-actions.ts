import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { effectOf, offeredActions, parseValues } from '../../../actions/index.ts';
import { plumbError } from '../../../errors.ts';
import { createEventRecorder } from '../../../kube/index.ts';
import { formatKey, groupOf, keyOf, type KubeObject, type ObjectKey } from '../../../object.ts';
import { problemsOf } from '../../../errors.ts';
import { clientOf, userOf } from '../caller.ts';
import { changeAnswer, changeAnswerOf, changeErrors, changeHeaders } from '../change-answer.ts';
import type { ApiContext, RouteGroup } from '../context.ts';
import { kindDescription, parseKind, resourceOf } from '../kinds.ts';
import { type Home, homeOf } from '../object-actions/home.ts';
import { isFoughtOver, placeOf, rightsFor } from '../object-actions/plan.ts';
import { runInCluster, runInGit } from '../object-actions/run.ts';
import { keySchema } from '../schemas.ts';
import { waitQuery } from '../sync-outcome.ts';
import { namespaceParams } from './namespace-params.ts';

const objectParams = Type.Object({
  ...namespaceParams.properties,
  kind: Type.String({ maxLength: 317, description: kindDescription }),
  object: Type.String({ minLength: 1, maxLength: 253, description: 'The name of the object.' }),
});
const actionParams = Type.Object({
  ...objectParams.properties,
  action: Type.String({ minLength: 1, maxLength: 63, description: 'The name of the action.' }),
});

const where = Type.Enum(['Git', 'Cluster'], {
  type: 'string',
  description: '`Git`: one commit or pull request where the object is written down. `Cluster`: what happens once.',
});

const rightSchema = Type.Object({
  verb: Type.String({ description: 'The verb.' }),
  group: Type.String({ description: 'API group, empty for the core group.' }),
  resource: Type.String({ description: 'The resource: `deployments`.' }),
  subresource: Type.Optional(Type.String({ description: '`scale`, `status`.' })),
});

const offeredSchema = Type.Object(
  {
    name: Type.String({ description: 'The name.' }),
    does: Type.String({ description: 'What it does, in one sentence.' }),
    offered: Type.Boolean({ description: 'Whether it makes sense for the object as it is now.' }),
    why: Type.Optional(Type.String({ description: 'Why it is not offered.' })),
    allowed: Type.Boolean({ description: 'Whether the user has the rights that it needs.' }),
    needs: Type.Array(rightSchema, { description: 'The rights that it needs.' }),
    where,
    parameters: Type.Array(
      Type.Object({
        name: Type.String({ description: 'The name.' }),
        type: Type.Enum(['integer', 'string'], { type: 'string', description: 'What it takes.' }),
        description: Type.String({ description: 'What it means.' }),
        minimum: Type.Optional(Type.Integer({ description: 'The least that it takes.' })),
        maximum: Type.Optional(Type.Integer({ description: 'The most that it takes.' })),
        pattern: Type.Optional(Type.String({ description: 'What a text has to fit.' })),
      }),
      { description: 'What has to be given with it.' },
    ),
  },
  { $id: 'ObjectAction', description: 'Something that can be done with an object.' },
);

const { objects: _objects, ...changeProperties } = changeAnswer.properties;
const actionAnswer = Type.Object(
  {
    ...changeProperties,
    where,
    application: Type.Optional(
      Type.String({ description: 'The Application in whose files it was changed: `namespace/name`.' }),
    ),
    created: Type.Optional(keySchema),
  },
  { $id: 'ActionDone', description: 'What became of an action.' },
);

type Params = Static<typeof objectParams>;

interface Seen {
  readonly key: ObjectKey;
  readonly live: KubeObject;
  readonly home: Home;
}

/** The object as it lives, for whoever may get it. Of a kind that lives in no namespace the one of the path says nothing. */
async function seenBy(context: ApiContext, request: FastifyRequest, params: Params): Promise<Seen> {
  const { object: name } = params;
  const resource = await resourceOf(context, params.kind, request.ending);
  const namespace = resource.namespaced ? params.namespace : '';
  const key = { ...parseKind(params.kind), namespace, name };
  const right = { verb: 'get', group: resource.group, resource: resource.plural, namespace, name };
  await context.authorizer.require(userOf(request), right, request.ending);
  const live = await clientOf(context, request).get(
    { ...key, apiVersion: resource.apiVersion },
    { signal: request.ending },
  );
  if (live === undefined) throw plumbError('server.missing', `there is no ${formatKey(key)}`);
  return { key, live, home: await homeOf(context, key, live, request.ending) };
}

/** What can be done with objects: what their kind offers, to those who may. */
export const objectActionRoutes: RouteGroup = (app, context) => {
  const tags = ['Namespaces'];
  const events = createEventRecorder({
    client: context.client,
    controller: 'plumbline.dev/server',
    instance: 'plumbline-server',
    now: () => new Date(context.now()),
    onError: (error) => context.log.warn({ problems: problemsOf(error) }, 'event not written'),
    signal: context.signal,
  });
  const record = ({ key, live }: Seen, request: FastifyRequest, action: string, what: string): void => {
    const at = new Date(context.now()).toISOString();
    events.record({
      about: { ...key, apiVersion: live.apiVersion, uid: live.metadata.uid },
      type: 'Normal',
      reason: 'Action',
      action,
      // With the moment: of two that say the same only one would be written.
      message: `${action} by ${userOf(request).username} at ${at}: ${what}`,
    });
  };

  app.get(
    '/namespaces/:namespace/objects/:kind/:object/actions',
    {
      config: { access: 'signed-in' },
      schema: {
        operationId: 'listObjectActions',
        summary: 'What can be done with an object, and what of it now',
        description: 'Needs the verb `get` for the object. docs/actions.md lists the actions of all kinds.',
        tags,
        params: objectParams,
        response: { 200: Type.Object({ items: Type.Array(offeredSchema, { description: 'The actions.' }) }) },
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
    async (request) => {
      const { key, live, home } = await seenBy(context, request, request.params);
      const user = userOf(request);
      const now = new Date(context.now());
      const items = offeredActions(live).map(async ({ action, offered, why }) => {
        const { name, does, parameters = {} } = action;
        // Which values it has makes no difference to where it is done.
        const place = placeOf(effectOf(action, { object: live, values: {}, now }), home, live, false);
        const needs = await rightsFor(context, action, key, { place, home }, request.ending);
        const answers = await Promise.all(needs.map((right) => context.authorizer.allows(user, right, request.ending)));
        return {
          name,
          does,
          offered,
          ...(why === undefined ? {} : { why }),
          allowed: answers.every((answer) => answer),
          needs: needs.map(({ verb, group, resource, subresource }) => ({
            verb,
            group,
            resource,
            ...(subresource === undefined ? {} : { subresource }),
          })),
          where: place,
          parameters: Object.entries(parameters).map(([parameter, schema]) => ({ name: parameter, ...schema })),
        };
      });
      return { items: await Promise.all(items) };
    },
  );

  app.post(
    '/namespaces/:namespace/objects/:kind/:object/actions/:action',
    {
      config: { access: 'signed-in' },
      schema: {
        operationId: 'doObjectAction',
        summary: 'Do something with an object: restart, scale, run, promote, and the like',
        description:
          'As the user, who needs the rights that the list of the actions names. What the object is to be from now on is changed in Git where Git has the object, and then needs the verb `change` on its Application; what happens once stays in the cluster. See docs/actions.md.',
        tags,
        params: actionParams,
        querystring: Type.Object(
          {
            dryRun: Type.Boolean({ default: false, description: 'Try everything, and change nothing.' }),
            live: Type.Boolean({
              default: false,
              description:
                'Change it in the cluster alone, also where Git has the object. Refused for a field that would be put back at once.',
            }),
            message: Type.Optional(Type.String({ maxLength: 4_096, description: '`Message` of the commit.' })),
            wait: waitQuery,
          },
          { additionalProperties: false },
        ),
        headers: changeHeaders,
        body: Type.Object(
          {
            parameters: Type.Record(
              Type.String({ maxLength: 63 }),
              Type.Union([Type.Number(), Type.String({ maxLength: 253 })]),
              {
                default: {},
                maxProperties: 16,
                description: 'The values, by name.',
              },
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: actionAnswer },
        errors: [
          ...changeErrors,
          'auth.forbidden',
          'server.missing',
          'actions.unknown',
          'actions.not-offered',
          'actions.parameter-invalid',
          'actions.reverted',
          'kube.already-exists',
          'writeback.not-in-git',
        ],
      },
    },
    async (request) => {
      const seen = await seenBy(context, request, request.params);
      const { key, live, home } = seen;
      const { dryRun, live: onlyLive, message, wait } = request.query;
      const { action: name } = request.params;
      const found = offeredActions(live).find(({ action }) => action.name === name);
      if (found === undefined) throw plumbError('actions.unknown', `${formatKey(key)} has no action ${name}`);
      const { action } = found;
      const values = parseValues(action, request.body.parameters);
      const made = effectOf(action, { object: live, values, now: new Date(context.now()) });
      const place = placeOf(made, home, live, onlyLive);
      const rights = await rightsFor(context, action, key, { place, home }, request.ending);
      for (const right of rights) await context.authorizer.require(userOf(request), right, request.ending);
      if (!found.offered) throw plumbError('actions.not-offered', `${name} of ${formatKey(key)}: ${found.why ?? ''}`);
      if (place === 'Cluster' && isFoughtOver(made, home, live)) {
        throw plumbError('actions.reverted', `${formatKey(key)}: Git says what ${name} would change`);
      }
      const idempotencyKey = request.headers['idempotency-key'];
      const ready = {
        name,
        key,
        live,
        home,
        made,
        dryRun,
        ...(message === undefined ? {} : { message }),
        ...(wait === undefined ? {} : { wait }),
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      };
      if (place === 'Cluster') {
        const { created, state, warnings } = await runInCluster(context, request, ready);
        if (state === 'Applied') {
          record(seen, request, name, created === undefined ? 'in the cluster' : `made ${formatKey(keyOf(created))}`);
        }
        return {
          state,
          where: place,
          warnings: [...warnings],
          ...(created === undefined ? {} : { created: keyIn(created) }),
        };
      }
      const result = await runInGit(context, request, ready);
      const { objects: _changed, ...answer } = changeAnswerOf(result);
      if (!dryRun) record(seen, request, name, inGit(answer));
      const application = home.kind === 'application' ? { application: `${home.namespace}/${home.name}` } : {};
      return { ...answer, where: place, ...application };
    },
  );
};

function keyIn(object: KubeObject): ObjectKey {
  const { namespace = '', name } = object.metadata;
  return { group: groupOf(object.apiVersion), kind: object.kind, namespace, name };
}

function inGit({
  state,
  commit,
  pullRequest,
}: Pick<Static<typeof changeAnswer>, 'state' | 'commit' | 'pullRequest'>): string {
  if (pullRequest !== undefined) return `proposed in ${pullRequest.link}`;
  return commit === undefined ? `in Git (${state})` : `in Git, as ${commit}`;
}

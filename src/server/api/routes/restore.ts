import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { PastPlace } from '../../../controller/index.ts';
import { plumbError } from '../../../errors.ts';
import { userOf } from '../caller.ts';
import type { ApiContext, RouteGroup } from '../context.ts';
import {
  namespaceParams,
  namespaceRight,
  objectParams,
  objectPlace,
  pastOf,
  requireObject,
  sideObjects,
} from '../past-places.ts';
import { backAnswer, backAnswerOf } from '../past-schemas.ts';
import { namedParams } from '../schemas.ts';
import { waitQuery } from '../sync-outcome.ts';
import { kubeUser } from '../../auth/index.ts';

const nothing = { additionalProperties: false } as const;

const backFields = {
  hash: Type.String({ pattern: '^[0-9a-f]{40}([0-9a-f]{24})?$', description: 'Full id of the commit.' }),
  action: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 256,
      description: '`Action` of the commit; `Restoring deployment` or the like where left out.',
    }),
  ),
  message: Type.Optional(
    Type.String({
      maxLength: 4096,
      description: '`Message` of the commit; the hash is added where the words do not name it.',
    }),
  ),
  dryRun: Type.Boolean({ default: false, description: 'Try everything and tell the diff, and commit nothing.' }),
};
const backBody = Type.Object(backFields, nothing);
const objectBody = Type.Object({ ...backFields, sideObjects }, nothing);
const namespaceBody = Type.Object(
  {
    ...backFields,
    sideObjects,
    objects: Type.Optional(
      Type.Array(
        Type.Object(
          {
            group: Type.String({ default: '', maxLength: 253, description: 'API group; empty for the core group.' }),
            kind: Type.String({ minLength: 1, maxLength: 63, description: 'Kind.' }),
            name: Type.String({ minLength: 1, maxLength: 253, description: 'Name.' }),
          },
          nothing,
        ),
        { minItems: 1, maxItems: 100, description: 'These alone; the whole namespace where it is left out.' },
      ),
    ),
  },
  nothing,
);
const applicationBody = Type.Object(
  {
    ...backFields,
    repository: Type.Optional(
      Type.String({ maxLength: 253, description: 'Name of the Repository, where its sources are of several.' }),
    ),
  },
  nothing,
);
const backQuery = Type.Object({ wait: waitQuery }, nothing);
const keyHeader = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({ maxLength: 255, description: 'Who sends the same key again gets the same Operation.' }),
  ),
});

type Verb = 'restore' | 'revert';

async function answer(
  context: ApiContext,
  verb: Verb,
  place: PastPlace,
  { body, query }: { readonly body: Static<typeof backBody>; readonly query: Static<typeof backQuery> },
  request: FastifyRequest,
): Promise<Static<typeof backAnswer>> {
  const { email } = userOf(request);
  const key = request.headers['idempotency-key'];
  const { hash, action, message, dryRun } = body;
  const asked = {
    verb,
    hash,
    dryRun,
    user: { ...kubeUser(userOf(request)), ...(email === undefined ? {} : { email }) },
    ...(action === undefined ? {} : { action }),
    ...(message === undefined ? {} : { message }),
    ...(typeof key === 'string' ? { idempotencyKey: key } : {}),
    ...(query.wait === undefined ? {} : { wait: { wait: query.wait } }),
  };
  return backAnswerOf(await pastOf(context).back(place, asked, request.ending));
}

const errors = [
  'auth.forbidden',
  'kube.forbidden',
  'kube.invalid',
  'server.unavailable',
  'controller.not-in-git',
  'writeback.request-invalid',
  'writeback.not-in-history',
  'writeback.unchanged',
  'writeback.plain-secret',
  'writeback.file-invalid',
  'writeback.unsupported-file',
  'git.unreachable',
  'git.push-refused',
] as const;
const refusals = { restore: ['writeback.nothing-to-restore'], revert: ['writeback.revert-conflict'] } as const;
const words = {
  restore: { title: 'Restore', does: 'back to what it was at a commit' },
  revert: { title: 'Revert', does: 'as if one commit had not been; what came later to other fields stays' },
} as const;

/** The way back: each is a new commit, which names the one that is meant. */
export const restoreRoutes: RouteGroup = (app, context) => {
  const tags = ['Audit'];
  const tried = 'All of it is tried as the user first. A dry run tells the diff, and needs the same rights.';

  for (const verb of ['restore', 'revert'] as const) {
    const { title, does } = words[verb];
    const common = {
      tags,
      headers: keyHeader,
      querystring: backQuery,
      response: { 200: backAnswer },
      errors: [...errors, ...refusals[verb]],
    };
    app.post(
      `/namespaces/:namespace/objects/:kind/:name/git${verb}`,
      {
        config: { access: 'signed-in' },
        schema: {
          operationId: `${verb}Object`,
          summary: `${title} one object of a GitOps namespace: ${does}`,
          description: `The user needs the verb \`${verb}\` on the object. ${tried}`,
          params: objectParams,
          body: objectBody,
          ...common,
        },
      },
      async (request) => {
        const place = await objectPlace(context, request, request.params, verb, request.body.sideObjects);
        return answer(context, verb, place, request, request);
      },
    );
    app.post(
      `/namespaces/:namespace/git${verb}`,
      {
        config: { access: 'signed-in' },
        schema: {
          operationId: `${verb}Namespace`,
          summary: `${title} several objects of a GitOps namespace, or all of it: ${does}`,
          description: `The user needs the verb \`${verb}\` on each object, or on Applications in the namespace. ${tried}`,
          params: namespaceParams,
          body: namespaceBody,
          ...common,
        },
      },
      async (request) => {
        const { namespace } = request.params;
        const { objects, sideObjects: withSides } = request.body;
        const place: PastPlace = { kind: 'namespace', namespace };
        if (objects === undefined) {
          await context.authorizer.require(userOf(request), { ...namespaceRight(verb), namespace }, request.ending);
          return answer(context, verb, place, request, request);
        }
        for (const object of objects) await requireObject(context, request, namespace, object, verb);
        const [first, ...rest] = objects;
        if (first === undefined) throw plumbError('server.invalid', 'no object is named');
        const some: PastPlace = { kind: 'objects', namespace, objects: [first, ...rest], sideObjects: withSides };
        return answer(context, verb, some, request, request);
      },
    );
    app.post(
      `/applications/:namespace/:name/git${verb}`,
      {
        config: { access: namespaceRight(verb) },
        schema: {
          operationId: `${verb}Application`,
          summary: `${title} the files of an Application: ${does}`,
          description:
            `The user needs the verb \`${verb}\` on the Application, and the rights to all that would be rendered otherwise. ` +
            'The files are rendered as they would be, and what differs is tried as the user. A dry run tells the diff, and needs the same rights.',
          params: namedParams,
          body: applicationBody,
          ...common,
        },
      },
      async (request) => {
        const { repository } = request.body;
        const named = repository === undefined ? {} : { repository };
        return answer(context, verb, { kind: 'application', ...request.params, ...named }, request, request);
      },
    );
  }
};

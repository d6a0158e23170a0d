import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { PastPlace } from '../../../controller/index.ts';
import { plumbError } from '../../../errors.ts';
import { viewDiff, viewEntry } from '../../../writeback/index.ts';
import type { ApiContext, RouteGroup } from '../context.ts';
import { linkNext, pageQuery } from '../page.ts';
import { namespaceParams, namespaceRight, objectParams, objectPlace, pastOf, sideObjects } from '../past-places.ts';
import { auditEntry, fileDiff } from '../past-schemas.ts';
import { namedParams } from '../schemas.ts';

const nothing = { additionalProperties: false } as const;
const hash = Type.String({ pattern: '^[0-9a-f]{40}([0-9a-f]{24})?$', description: 'Full id of a commit.' });
const moment = (description: string) => Type.Optional(Type.String({ format: 'date-time', description }));

const logQuery = {
  ...pageQuery,
  user: Type.Optional(
    Type.String({ maxLength: 1024, description: 'Name or address of the signed-in user, or of the author.' }),
  ),
  action: Type.Optional(Type.String({ maxLength: 256, description: 'The action, in any case of letters.' })),
  since: moment('Committed at this moment or after it, RFC 3339.'),
  until: moment('Committed before this moment, RFC 3339.'),
  signatures: Type.Boolean({
    default: false,
    description: 'Tell the signatures, by the keys that the Repository names. Each takes some 10 ms the first time.',
  }),
};
const logQuerySchema = Type.Object(logQuery, nothing);
const diffQuery = { hash: Type.Optional(hash) };
const rangeQuery = Type.Object(
  {
    from: Type.Optional(Type.Intersect([hash], { description: 'What the last sync applied, where it is left out.' })),
    to: Type.Optional(Type.Intersect([hash], { description: 'The tip of the branch, where it is left out.' })),
    repository: Type.Optional(
      Type.String({ maxLength: 253, description: 'Name of the Repository, where there are several.' }),
    ),
  },
  nothing,
);
const repository = Type.Optional(
  Type.String({ maxLength: 253, description: 'Name of the Repository, where its sources are of several.' }),
);

const logAnswer = Type.Object(
  {
    repository: Type.String({ description: 'URL of the repository.' }),
    branch: Type.String({ description: 'The branch.' }),
    items: Type.Array(auditEntry, { description: 'Newest first.' }),
    next: Type.Optional(
      Type.String({
        description: 'The cursor of the next page; missing on the last one. Also as `Link: <…>; rel="next"`.',
      }),
    ),
  },
  { $id: 'AuditLog', description: 'One page of an audit log.' },
);
const diffAnswerSchema = Type.Object(
  {
    commit: auditEntry,
    items: Type.Array(fileDiff, { description: 'What became of each file.' }),
    more: Type.Integer({ description: 'So many more files there are.' }),
  },
  { $id: 'CommitDiff', description: 'What one commit did.' },
);
const rangeAnswer = Type.Object(
  {
    from: Type.String({ description: 'Full id of the older commit.' }),
    to: Type.String({ description: 'Full id of the younger commit.' }),
    items: Type.Array(fileDiff, { description: 'What became of each file. A rename is a removal and an addition.' }),
    more: Type.Integer({ description: 'So many more files there are.' }),
    link: Type.Optional(
      Type.String({ description: 'The page of the forge that compares the two, where one is known.' }),
    ),
  },
  { $id: 'GitDiffs', description: 'What differs between two commits.' },
);

async function answerLog(
  context: ApiContext,
  place: PastPlace,
  query: Static<typeof logQuerySchema>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Static<typeof logAnswer>> {
  const { limit, cursor, user, action, since, until, signatures } = query;
  const filter = {
    ...(user === undefined ? {} : { user }),
    ...(action === undefined ? {} : { action }),
    ...(since === undefined ? {} : { since: new Date(since) }),
    ...(until === undefined ? {} : { until: new Date(until) }),
  };
  const ask = { filter, limit, signatures, ...(cursor === undefined ? {} : { cursor }) };
  const { entries, next, ...where } = await pastOf(context).log(place, ask, request.ending);
  const items = entries.map(viewEntry);
  return next === undefined ? { ...where, items } : { ...where, items, next: linkNext(next, request, reply) };
}

/** Without a hash, the newest commit that touched the place. */
async function answerDiff(
  context: ApiContext,
  place: PastPlace,
  given: string | undefined,
  request: FastifyRequest,
): Promise<Static<typeof diffAnswerSchema>> {
  const past = pastOf(context);
  const signal = request.ending;
  const newest = async (): Promise<string> => {
    const { entries } = await past.log(place, { filter: {}, limit: 1, signatures: false }, signal);
    const [entry] = entries;
    if (entry !== undefined) return entry.commit;
    throw plumbError('server.missing', 'no commit has touched it');
  };
  const { entry, diffs, more } = await past.diff(place, given ?? (await newest()), signal);
  return { commit: viewEntry(entry), items: diffs.map(viewDiff), more };
}

async function answerRange(
  context: ApiContext,
  place: PastPlace,
  { from, to }: { readonly from?: string; readonly to?: string },
  request: FastifyRequest,
): Promise<Static<typeof rangeAnswer>> {
  const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const { diffs, ...rest } = await pastOf(context).between(place, range, request.ending);
  return { ...rest, items: diffs.map(viewDiff) };
}

const errors = [
  'auth.forbidden',
  'server.missing',
  'server.unavailable',
  'controller.not-in-git',
  'writeback.not-in-history',
  'git.ref-not-found',
  'controller.no-keys',
  'writeback.request-invalid',
  'git.unreachable',
] as const;

/** Who changed what and when, from Git alone. */
export const auditRoutes: RouteGroup = (app, context) => {
  const tags = ['Audit'];
  const applicationAccess = { access: namespaceRight('get') } as const;

  app.get(
    '/namespaces/:namespace/objects/:kind/:name/gitlogs',
    {
      config: { access: 'signed-in' },
      schema: {
        operationId: 'listObjectGitLogs',
        summary: 'The audit log of one object of a GitOps namespace',
        description: 'The user needs the right to get the object. Renames and the older layout are followed.',
        tags,
        params: objectParams,
        querystring: Type.Object({ ...logQuery, sideObjects }, nothing),
        response: { 200: logAnswer },
        errors: [...errors, 'writeback.cursor-invalid'],
      },
    },
    async (request, reply) => {
      const place = await objectPlace(context, request, request.params, 'get', request.query.sideObjects);
      return answerLog(context, place, request.query, request, reply);
    },
  );
  app.get(
    '/namespaces/:namespace/objects/:kind/:name/gitdiff',
    {
      config: { access: 'signed-in' },
      schema: {
        operationId: 'getObjectGitDiff',
        summary: 'What one commit did to an object of a GitOps namespace',
        description: 'Without `hash`, the newest commit that touched it.',
        tags,
        params: objectParams,
        querystring: Type.Object({ ...diffQuery, sideObjects }, nothing),
        response: { 200: diffAnswerSchema },
        errors: [...errors],
      },
    },
    async (request) => {
      const place = await objectPlace(context, request, request.params, 'get', request.query.sideObjects);
      return answerDiff(context, place, request.query.hash, request);
    },
  );
  app.get(
    '/namespaces/:namespace/gitlogs',
    {
      config: applicationAccess,
      schema: {
        operationId: 'listNamespaceGitLogs',
        summary: 'The audit log of a GitOps namespace',
        tags,
        params: namespaceParams,
        querystring: logQuerySchema,
        response: { 200: logAnswer },
        errors: [...errors, 'writeback.cursor-invalid'],
      },
    },
    async (request, reply) =>
      answerLog(context, { kind: 'namespace', ...request.params }, request.query, request, reply),
  );
  app.get(
    '/namespaces/:namespace/gitdiff',
    {
      config: applicationAccess,
      schema: {
        operationId: 'getNamespaceGitDiff',
        summary: 'What one commit did to a GitOps namespace',
        description: 'Without `hash`, the newest commit that touched it.',
        tags,
        params: namespaceParams,
        querystring: Type.Object(diffQuery, nothing),
        response: { 200: diffAnswerSchema },
        errors: [...errors],
      },
    },
    async (request) => answerDiff(context, { kind: 'namespace', ...request.params }, request.query.hash, request),
  );
  app.get(
    '/namespaces/:namespace/gitdiffs',
    {
      config: applicationAccess,
      schema: {
        operationId: 'listNamespaceGitDiffs',
        summary: 'What differs in a GitOps namespace between two commits',
        description: 'Without `from` and `to`: what is in Git and was not synced yet.',
        tags,
        params: namespaceParams,
        querystring: rangeQuery,
        response: { 200: rangeAnswer },
        errors: [...errors, 'controller.not-synced'],
      },
    },
    async (request) => answerRange(context, { kind: 'namespace', ...request.params }, request.query, request),
  );
  app.get(
    '/applications/:namespace/:name/gitlogs',
    {
      config: applicationAccess,
      schema: {
        operationId: 'listApplicationGitLogs',
        summary: 'The audit log of the files of an Application',
        tags,
        params: namedParams,
        querystring: Type.Object({ ...logQuery, repository }, nothing),
        response: { 200: logAnswer },
        errors: [...errors, 'writeback.cursor-invalid'],
      },
    },
    async (request, reply) => answerLog(context, applicationPlace(request), request.query, request, reply),
  );
  app.get(
    '/applications/:namespace/:name/gitdiff',
    {
      config: applicationAccess,
      schema: {
        operationId: 'getApplicationGitDiff',
        summary: 'What one commit did to the files of an Application',
        description: 'Without `hash`, the newest commit that touched them.',
        tags,
        params: namedParams,
        querystring: Type.Object({ ...diffQuery, repository }, nothing),
        response: { 200: diffAnswerSchema },
        errors: [...errors],
      },
    },
    async (request) => answerDiff(context, applicationPlace(request), request.query.hash, request),
  );
  app.get(
    '/applications/:namespace/:name/gitdiffs',
    {
      config: applicationAccess,
      schema: {
        operationId: 'listApplicationGitDiffs',
        summary: 'What differs in the files of an Application between two commits',
        description: 'Without `from` and `to`: what is in Git and was not synced yet.',
        tags,
        params: namedParams,
        querystring: rangeQuery,
        response: { 200: rangeAnswer },
        errors: [...errors, 'controller.not-synced'],
      },
    },
    async (request) => answerRange(context, applicationPlace(request), request.query, request),
  );
};

interface ApplicationRequest {
  readonly params: { readonly namespace: string; readonly name: string };
  readonly query: { readonly repository?: string };
}

function applicationPlace({ params, query }: ApplicationRequest): PastPlace {
  const named = query.repository === undefined ? {} : { repository: query.repository };
  return { kind: 'application', ...params, ...named };
}

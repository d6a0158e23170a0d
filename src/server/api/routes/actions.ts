import { Type } from 'typebox';
import { type Application, group, sourcesOf } from '../../../api/index.ts';
import {
  approvePrune,
  askForFetch,
  askForReconcile,
  askForSync,
  holdAt,
  release,
  requestId,
  setSuspend,
} from '../../../requests.ts';
import { ignoreDependenciesSchema, requestedRevisionSchema, selectorsSchema } from '../../../sync-request.ts';
import { rollbackTarget } from '../../../rollback-target.ts';
import { plumbError } from '../../../errors.ts';
import type { FastifyRequest } from 'fastify';
import { askingOf } from '../asking.ts';
import { clientOf, userOf } from '../caller.ts';
import type { ApiContext, RouteGroup } from '../context.ts';
import { applicationNamed, missing, viewsOf } from '../leading.ts';
import { namedParams } from '../schemas.ts';
import { untilFetched } from '../until-fetched.ts';

/** The answer to what is done later. */
export const accepted = Type.Object(
  {
    request: Type.String({
      description:
        'The id of the request: `status.handledRequest` (and for a sync `status.handledSyncRequest`) has it once it was acted on.',
    }),
  },
  { $id: 'Accepted', description: 'What was asked for, and not yet done: see the status, or the events.' },
);
const done = Type.Object({}, { $id: 'Done', description: 'It is done.' });
const nothing = { additionalProperties: false } as const;

const revisionPattern = '^(?:[0-9a-f]{40}|[0-9a-f]{64}|sha256:[0-9a-f]{64})$';

const repositoriesOf = (application: Application): string[] => [
  ...new Set(sourcesOf(application).map(({ repositoryRef }) => repositoryRef.name)),
];

/** The verb of an Application that a route needs. */
export const right = (verb: string) => ({ access: { verb, group, resource: 'applications' } }) as const;

/** The revisions of all sources, with commas between them. */
const joined = ({ revision = '', revisions }: { readonly revision?: string; readonly revisions?: string[] }) =>
  revisions?.join(',') ?? revision;

function refuseSuspended({ metadata, spec }: Application): void {
  if (spec.suspend === true) {
    throw plumbError('cli.suspended', `${metadata.namespace}/${metadata.name} is suspended`);
  }
}

/**
 * What may be asked for an Application: each by a verb that says what it is, and by nothing else. It is written down with
 * the rights of Plumbline, and with the name of who asked.
 */
export const actionRoutes: RouteGroup = (app, context) => {
  const tags = ['Applications'];
  const common = ['auth.forbidden', 'server.missing', 'server.unavailable', 'kube.forbidden'] as const;

  app.post(
    '/applications/:namespace/:name/sync',
    {
      config: right('sync'),
      schema: {
        operationId: 'syncApplication',
        summary: 'Fetch, and bring the cluster to what Git says',
        description:
          'Also where syncing is not automated. With `fetch` its Repositories are fetched first, for 30 s at most. What came of it is in `status.request`.',
        tags,
        params: namedParams,
        body: Type.Object(
          {
            fetch: Type.Boolean({
              default: true,
              description: 'Fetch first, so that what was pushed now is part of it.',
            }),
            resources: Type.Optional(selectorsSchema),
            revision: Type.Optional(requestedRevisionSchema),
            ignoreDependencies: Type.Optional(ignoreDependenciesSchema),
          },
          nothing,
        ),
        response: { 202: accepted },
        errors: [...common, 'cli.suspended'],
      },
    },
    async (request, reply) => {
      const views = viewsOf(context);
      const application = applicationNamed(views, request.params);
      refuseSuspended(application);
      const id = requestId(new Date(context.now()));
      const asking = askingOf(context, request);
      const { namespace } = request.params;
      if (request.body.fetch) {
        await Promise.all(
          repositoriesOf(application).map(async (name) => {
            if (await askForFetch(asking, { namespace, name }, id))
              await untilFetched(views, { namespace, name }, id, request.ending);
          }),
        );
      }
      const { resources, revision, ignoreDependencies } = request.body;
      await askForSync(asking, request.params, id, {
        ...(resources === undefined ? {} : { resources }),
        ...(revision === undefined ? {} : { revision }),
        ...(ignoreDependencies === true ? { ignoreDependencies } : {}),
      });
      return reply.code(202).send({ request: id });
    },
  );

  app.post(
    '/applications/:namespace/:name/refresh',
    {
      config: right('sync'),
      schema: {
        operationId: 'refreshApplication',
        summary: 'Fetch now and look at everything anew',
        description:
          'As a webhook would cause it: what follows is what `spec.sync` says. `acceptRewind` needs the verb `approve` for its Repositories.',
        tags,
        params: namedParams,
        body: Type.Object(
          {
            acceptRewind: Type.Optional(
              Type.String({
                pattern: revisionPattern,
                description:
                  'Full id of the one commit to which its Repositories may go back, where `spec.rewind` refuses it.',
              }),
            ),
          },
          nothing,
        ),
        response: { 202: accepted },
        errors: [...common],
      },
    },
    async (request, reply) => {
      const application = applicationNamed(viewsOf(context), request.params);
      const id = requestId(new Date(context.now()));
      const named = { ...request.params, repositories: repositoriesOf(application) };
      const { acceptRewind } = request.body;
      if (acceptRewind !== undefined) await requireApproval(context, request, named);
      await askForReconcile(askingOf(context, request), named, id, acceptRewind);
      return reply.code(202).send({ request: id });
    },
  );

  app.post(
    '/applications/:namespace/:name/rollback',
    {
      config: right('rollback'),
      schema: {
        operationId: 'rollbackApplication',
        summary: 'Hold an Application at an earlier commit until Git moves on',
        description:
          'Until what its sources follow renders to something else than now, or it is released; meanwhile its condition `Synced` has the reason `RolledBack`, and `status.hold` says since when. The lasting way back is a commit: `gitrestore`.',
        tags,
        params: namedParams,
        body: Type.Object(
          {
            revision: Type.Optional(
              Type.String({
                maxLength: 1_024,
                description:
                  'The number of an entry of the history (1 is the newest), the beginning of its commit, or any full id; of several sources with commas between them. That of the last other sync that worked where left out.',
              }),
            ),
          },
          nothing,
        ),
        response: {
          202: Type.Object({
            ...accepted.properties,
            revision: Type.String({ description: 'The commit at which it will be held.' }),
          }),
        },
        errors: [...common, 'cli.suspended', 'cli.no-earlier-revision'],
      },
    },
    async (request, reply) => {
      const application = applicationNamed(viewsOf(context), request.params);
      refuseSuspended(application);
      const { status, metadata } = application;
      const history = (status?.history ?? []).map((entry) => ({ revision: joined(entry), outcome: entry.outcome }));
      const known = { name: metadata.name, revision: joined(status ?? {}), history };
      const revision = rollbackTarget(known, request.body.revision, 'server.invalid');
      const id = requestId(new Date(context.now()));
      await holdAt(askingOf(context, request), request.params, revision, id);
      return reply.code(202).send({ request: id, revision });
    },
  );

  app.post(
    '/applications/:namespace/:name/approve-prune',
    {
      config: right('approve'),
      schema: {
        operationId: 'approvePrune',
        summary: 'Let a prune run that waits for approval',
        description:
          'It approves exactly the deletions that `approval` stands for, as the objects or the diff name it.',
        tags,
        params: namedParams,
        body: Type.Object(
          {
            approval: Type.String({
              minLength: 1,
              maxLength: 256,
              description: '`approval` of the objects or of the diff.',
            }),
          },
          nothing,
        ),
        response: { 200: done },
        errors: [...common, 'server.outdated'],
      },
    },
    async (request) => {
      const { namespace, name } = request.params;
      const views = viewsOf(context);
      const objects = views.objects(namespace, name) ?? missing('Application', namespace, name);
      // What an Application asks for that is itself being deleted stands in its status alone.
      const asked = [objects.approval, views.application(namespace, name)?.status?.approval?.token];
      if (!asked.includes(request.body.approval)) {
        throw plumbError('server.outdated', 'no prune waits for this approval (any more)');
      }
      await approvePrune(askingOf(context, request), request.params, request.body.approval);
      return {};
    },
  );

  app.post(
    '/applications/:namespace/:name/release',
    {
      config: right('rollback'),
      schema: {
        operationId: 'releaseApplication',
        summary: 'Follow Git again after a rollback',
        tags,
        params: namedParams,
        response: { 200: done },
        errors: [...common],
      },
    },
    async (request) => {
      applicationNamed(viewsOf(context), request.params);
      await release(askingOf(context, request), request.params);
      return {};
    },
  );

  const switches = [
    ['suspend', 'suspendApplication', 'Change nothing more in the cluster', true],
    ['resume', 'resumeApplication', 'Go on after a suspend', false],
  ] as const;
  for (const [path, operationId, summary, suspend] of switches) {
    app.post(
      `/applications/:namespace/:name/${path}`,
      {
        config: right('patch'),
        schema: {
          operationId,
          summary,
          description: 'A change of `spec.suspend`, which is made as the user.',
          tags,
          params: namedParams,
          response: { 200: done },
          errors: [...common],
        },
      },
      async (request) => {
        applicationNamed(viewsOf(context), request.params);
        const asking = { client: clientOf(context, request), signal: request.ending };
        await setSuspend(asking, request.params, suspend);
        return {};
      },
    );
  }
};

/** A branch that was rewritten is let through for whoever may approve that, and not for everybody who may fetch it. */
async function requireApproval(
  { authorizer }: ApiContext,
  request: FastifyRequest,
  { namespace, repositories }: { readonly namespace: string; readonly repositories: readonly string[] },
): Promise<void> {
  for (const name of repositories) {
    const wanted = { verb: 'approve', group, resource: 'repositories', namespace, name };
    await authorizer.require(userOf(request), wanted, request.ending);
  }
}

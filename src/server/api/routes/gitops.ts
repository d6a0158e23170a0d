import { Type } from 'typebox';
import { conditionsSchema, group } from '../../../api/index.ts';
import { type GitOpsStatus, unmanagedObjects } from '../../../controller/index.ts';
import { plumbError } from '../../../errors.ts';
import { clientOf } from '../caller.ts';
import type { RouteGroup } from '../context.ts';
import { leading } from '../leading.ts';
import { keySchema, problemSchema } from '../schemas.ts';
import { namespaceParams } from './namespace-params.ts';

const partSchema = (what: string) =>
  Type.Object(
    {
      name: Type.String({ description: `Name of the ${what}, in the namespace.` }),
      revision: Type.Optional(Type.String({ description: 'The commit that it is at.' })),
      conditions: Type.Array(conditionsSchema.items, { description: 'What was found, as in its status.' }),
    },
    { description: `The ${what} that Plumbline has made for the namespace.` },
  );

const statusAnswer = Type.Object(
  {
    namespace: Type.String({ description: 'The namespace.' }),
    state: Type.Enum(['off', 'on', 'invalid'], {
      type: 'string',
      description: '`invalid`: it is labelled, and its annotations do not say how Git maintains it.',
    }),
    url: Type.Optional(Type.String({ description: 'URL of the repository.' })),
    branch: Type.Optional(Type.String({ description: 'The branch.' })),
    path: Type.Optional(Type.String({ description: 'The folder above that of the namespace; empty for the root.' })),
    format: Type.Optional(
      Type.Enum(['json', 'yaml'], { type: 'string', description: 'What new files are written in.' }),
    ),
    mode: Type.Optional(Type.Enum(['commit', 'pullRequest'], { type: 'string', description: 'How changes are made.' })),
    secret: Type.Optional(Type.String({ description: 'Name of the Secret with the credentials, where there is one.' })),
    repository: Type.Optional(partSchema('Repository')),
    application: Type.Optional(partSchema('Application')),
    problems: Type.Array(problemSchema, { description: 'What is wrong besides what the conditions tell.' }),
  },
  { $id: 'GitOpsStatus', description: 'How Git maintains a namespace, and how that goes.' },
);

const part = (of: GitOpsStatus['repository'] | GitOpsStatus['application']) => ({
  name: of?.id.split('/')[1] ?? '',
  ...(of?.status?.revision === undefined ? {} : { revision: of.status.revision }),
  conditions: [...(of?.status?.conditions ?? [])],
});

function answerOf(status: GitOpsStatus) {
  const { namespace, state, settings, secret, repository, application, problems } = status;
  return {
    namespace,
    state,
    ...(settings === undefined
      ? {}
      : {
          url: settings.url,
          branch: settings.branch,
          path: settings.prefix,
          format: settings.format,
          mode: settings.mode,
        }),
    ...(secret === undefined ? {} : { secret }),
    ...(repository === undefined ? {} : { repository: part(repository) }),
    ...(application === undefined ? {} : { application: part(application) }),
    problems: problems.map((each) => ({ ...each })),
  };
}

/** The namespaces that Git maintains. */
export const gitOpsRoutes: RouteGroup = (app, context) => {
  const tags = ['Namespaces'];
  app.get(
    '/namespaces/:namespace/gitops-status',
    {
      config: { access: { verb: 'get', group, resource: 'applications' } },
      schema: {
        operationId: 'getGitOpsStatus',
        summary: 'How Git maintains a namespace, and what is wrong with that',
        tags,
        params: namespaceParams,
        response: { 200: statusAnswer },
        errors: ['auth.forbidden', 'server.missing', 'server.unavailable'],
      },
    },
    async (request) => {
      const { namespace } = request.params;
      const status = leading(context.gitops).status(namespace);
      if (status === undefined) throw plumbError('server.missing', `namespace ${namespace} is not looked after here`);
      return answerOf(status);
    },
  );
  app.get(
    '/namespaces/:namespace/unmanaged',
    {
      config: { access: 'signed-in' },
      schema: {
        operationId: 'listUnmanagedObjects',
        summary: 'Objects of a namespace that no Application has made',
        description:
          'At most 1,000 that the user may list: without what others own, and what the cluster makes in every namespace.',
        tags,
        params: namespaceParams,
        response: {
          200: Type.Object({
            items: Type.Array(
              Type.Object({
                key: keySchema,
                createdAt: Type.Optional(Type.String({ description: 'When it was made, RFC 3339.' })),
              }),
              { description: 'In the order of kind and name.' },
            ),
          }),
        },
        errors: ['server.unavailable'],
      },
    },
    async (request) => {
      const found = await unmanagedObjects(request.params.namespace, clientOf(context, request), request.ending);
      return {
        items: found.map(({ key, createdAt }) => ({
          key: { ...key },
          ...(createdAt === undefined ? {} : { createdAt }),
        })),
      };
    },
  );
};

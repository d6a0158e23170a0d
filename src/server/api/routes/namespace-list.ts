import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { type GitObject, type ListedObject, showObjects } from '../../../controller/index.ts';
import { plumbError, PlumbError } from '../../../errors.ts';
import { formatKey, type KubeObject } from '../../../object.ts';
import type { ApiContext, RouteGroup } from '../context.ts';
import { kindDescription, parseKind } from '../kinds.ts';
import { labelFilter } from '../label-filter.ts';
import { leading, viewsOf } from '../leading.ts';
import { pageFrom, pageOf, pageQuery } from '../page.ts';
import { anyObject, keySchema } from '../schemas.ts';
import { freshQuery, namespaceParams } from './namespace-params.ts';
import { visibleObjects } from '../visible.ts';

const listQuery = Type.Object(
  {
    ...pageQuery,
    ...freshQuery,
    kind: Type.Optional(Type.String({ maxLength: 317, description: `Those of this kind. ${kindDescription}` })),
    labels: Type.Optional(
      Type.String({
        maxLength: 1_024,
        description: 'Those with these labels: `KEY=VALUE`, `KEY!=VALUE`, `KEY`, `!KEY`, several with commas.',
      }),
    ),
    content: Type.Boolean({ default: false, description: 'With the objects themselves.' }),
  },
  { additionalProperties: false },
);

const itemAnswer = Type.Object(
  {
    key: keySchema,
    apiVersion: Type.String({ description: 'Group and version: `apps/v1`.' }),
    labels: Type.Record(Type.String(), Type.String(), { description: 'Its labels, as Git has them.' }),
    path: Type.String({ description: 'Its file, from the root of the repository.' }),
    sync: Type.Enum(['Synced', 'OutOfSync', 'Unknown'], {
      type: 'string',
      description:
        'Whether the cluster has it as Git says; `Unknown` until the Application of the namespace has read this commit.',
    }),
    etag: Type.Optional(Type.String({ description: 'For `If-Match`; with `content` only.' })),
    object: Type.Optional(anyObject),
  },
  { $id: 'GitObject', description: 'An object of a namespace as its repository has it.' },
);

type Sync = 'Synced' | 'OutOfSync' | 'Unknown';

const idOf = ({ key }: ListedObject): string => `${key.group}/${key.kind}/${key.name}`;

/** The objects whose kind the user may list; of a kind that the API server does not have nobody may. */
async function mayList(context: ApiContext, request: FastifyRequest, objects: readonly ListedObject[]) {
  const resources = new Map<string, string>();
  const withResource = [];
  for (const object of objects) {
    const { group, kind } = object.key;
    const id = `${group}/${kind}`;
    const resource = resources.get(id) ?? (await pluralOf(context, group, kind, request.ending));
    resources.set(id, resource);
    withResource.push({ ...object, resource });
  }
  return visibleObjects(context, request, withResource, 'list');
}

async function pluralOf({ client }: ApiContext, group: string, kind: string, signal: AbortSignal): Promise<string> {
  try {
    return (await client.discovery.resource({ group, kind }, { signal })).plural;
  } catch (error) {
    if (error instanceof PlumbError && error.code === 'kube.no-such-kind') return '';
    throw error;
  }
}

/** How objects are in the cluster, by what names them: nothing where the Application has read another commit. */
function syncStates(context: ApiContext, namespace: string, commit: string | undefined): ReadonlyMap<string, Sync> {
  const id = leading(context.gitops).status(namespace)?.application?.id.split('/')[1] ?? '';
  const known = viewsOf(context).objects(namespace, id);
  if (known === undefined || known.revision !== commit) return new Map();
  return new Map(known.objects.map(({ key, sync }) => [formatKey(key), sync]));
}

function contentOf(read: GitObject | undefined, object: KubeObject | undefined) {
  return read === undefined || object === undefined ? {} : { etag: read.etag, object };
}

/** The objects of a GitOps namespace. */
export const namespaceListRoutes: RouteGroup = (app, context) => {
  app.get(
    '/namespaces/:namespace/objects',
    {
      config: { access: 'signed-in' },
      schema: {
        operationId: 'listObjects',
        summary: 'The objects of a namespace, as its repository has them',
        description:
          'In the order of group, kind and name, of the kinds that the user may `list`; the others are counted. Of a namespace that Git maintains: what only lives in the cluster is told by `listUnmanagedObjects`. Values of Secrets are masked.',
        tags: ['Namespaces'],
        params: namespaceParams,
        querystring: listQuery,
        response: {
          200: Type.Object({
            ...pageOf(itemAnswer, 'The objects.').properties,
            hidden: Type.Integer({ minimum: 0, description: 'Objects that the user may not list.' }),
            commit: Type.Optional(
              Type.String({ description: 'The commit that was read; missing where there is none yet.' }),
            ),
          }),
        },
        errors: [
          'server.invalid',
          'server.unavailable',
          'controller.not-in-git',
          'controller.gitops-unknown',
          'controller.gitops-invalid',
          'controller.gitops-starting',
        ],
      },
    },
    async (request, reply) => {
      const { namespace } = request.params;
      const { kind, labels, content, fresh } = request.query;
      const fits = labels === undefined ? () => true : labelFilter(labels, 'query.labels');
      const wanted = kind === undefined ? undefined : parseKind(kind);
      const gitops = leading(context.gitops);
      const settings = gitops.settingsOf(namespace);
      if (settings === undefined)
        throw plumbError('controller.not-in-git', `Git does not maintain the namespace ${namespace}`);
      return gitops.objects.list(
        settings,
        async (listing) => {
          const { commit, objects } = listing;
          const found = objects.filter(
            (object) =>
              (wanted === undefined || (object.key.kind === wanted.kind && object.key.group === wanted.group)) &&
              fits(object.labels),
          );
          const visible = await mayList(context, request, found);
          const { items, ...next } = pageFrom(visible, idOf, request.query, request, reply);
          const states = syncStates(context, namespace, commit);
          const contents = content ? await listing.read(items) : [];
          const shown = showObjects(contents.map((each) => each?.object));
          return {
            items: items.map(({ resource: _resource, key, labels: own, ...item }, index) => ({
              ...item,
              key: { ...key },
              labels: { ...own },
              sync: states.get(formatKey(key)) ?? 'Unknown',
              ...contentOf(contents[index], shown[index]),
            })),
            ...next,
            hidden: found.length - visible.length,
            ...(commit === undefined ? {} : { commit }),
          };
        },
        { signal: request.ending, fresh },
      );
    },
  );
};

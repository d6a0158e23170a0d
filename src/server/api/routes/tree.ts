import { type Static, Type } from 'typebox';
import { group } from '../../../api/index.ts';
import { buildTree, nameOfScope, type TreeNode, type TreeScope } from '../../../controller/index.ts';
import { createJudge } from '../../../health/index.ts';
import { clientOf } from '../caller.ts';
import type { RouteGroup } from '../context.ts';
import { applicationNamed, viewsOf } from '../leading.ts';
import { healthSchema, namedParams } from '../schemas.ts';
import { visibleObjects } from '../visible.ts';

const warningSchema = Type.Object(
  {
    reason: Type.String({ description: 'The reason: `FailedScheduling`.' }),
    message: Type.String({ description: 'What the newest of the Events says.' }),
    count: Type.Integer({ description: 'How often it was so.' }),
    at: Type.String({ description: 'When it was so last, RFC 3339; empty where the Event does not tell.' }),
  },
  { $id: 'ObjectWarning', description: 'What Events warn of about an object, for one reason.' },
);

const nodeSchema = Type.Object(
  {
    uid: Type.String({ description: 'Uid of the object.' }),
    parent: Type.Optional(
      Type.String({ description: 'Uid of the object that made it; missing for those that Git holds.' }),
    ),
    apiVersion: Type.String({ description: 'Group and version: `apps/v1`.' }),
    kind: Type.String({ description: 'The kind: `Deployment`.' }),
    namespace: Type.Optional(Type.String({ description: 'Missing for an object that lives in no namespace.' })),
    name: Type.String({ description: 'The name.' }),
    createdAt: Type.Optional(Type.String({ description: 'When it was made, RFC 3339.' })),
    health: healthSchema,
    warnings: Type.Optional(
      Type.Array(warningSchema, {
        description:
          'What Events warn of about this very object, where it is not well; the newest first, five at most. Of 20 objects of a tree at most.',
      }),
    ),
  },
  { $id: 'TreeNode', description: 'An object, and who made it.' },
);

type Node = Static<typeof nodeSchema>;

function flat(nodes: readonly TreeNode[], parent?: string): Node[] {
  return nodes.flatMap(({ object, health, children, warnings }) => {
    const { uid = '', namespace, name, creationTimestamp } = object.metadata;
    const node: Node = {
      uid,
      ...(parent === undefined ? {} : { parent }),
      apiVersion: object.apiVersion,
      kind: object.kind,
      ...(namespace === undefined ? {} : { namespace }),
      name,
      ...(creationTimestamp === undefined ? {} : { createdAt: creationTimestamp }),
      health: { ...health },
      ...(warnings === undefined ? {} : { warnings: warnings.map((warning) => ({ ...warning })) }),
    };
    return [node, ...flat(children, uid)];
  });
}

/** The objects of an Application and what Kubernetes has made of them. */
export const treeRoutes: RouteGroup = (app, context) => {
  app.get(
    '/applications/:namespace/:name/tree',
    {
      config: { access: { verb: 'get', group, resource: 'applications' } },
      schema: {
        operationId: 'getApplicationTree',
        summary: 'The objects of an Application and what Kubernetes has made of them',
        description:
          'Each node stands after the one that made it. Read at the moment, as the user: what the user may not list is left out, and its kind named in `hiddenKinds`.',
        tags: ['Applications'],
        params: namedParams,
        response: {
          200: Type.Object({
            items: Type.Array(nodeSchema, { description: 'The nodes.' }),
            hiddenKinds: Type.Array(Type.String(), {
              description: 'Kinds that the user may not list, with the namespace: `Pod prod`.',
            }),
          }),
        },
        errors: ['auth.forbidden', 'server.missing', 'server.unavailable', 'kube.unreachable'],
      },
    },
    async (request) => {
      const views = viewsOf(context);
      const application = applicationNamed(views, request.params);
      const { namespace, name } = request.params;
      const living = (views.objects(namespace, name)?.objects ?? []).filter(({ uid }) => uid !== undefined);
      const visible = new Set(await visibleObjects(context, request, living));
      const hidden = new Set<string>();
      const scopes = new Map<string, TreeScope>();
      for (const view of living) {
        const { key } = view;
        const scope = {
          group: key.group,
          kind: key.kind,
          ...(key.namespace === '' ? {} : { namespace: key.namespace }),
        };
        if (visible.has(view)) scopes.set(nameOfScope(scope), scope);
        else hidden.add(nameOfScope(scope));
      }
      const nodes = await buildTree(clientOf(context, request), application, {
        scopes: [...scopes.values()],
        judge: views.judge(namespace, name) ?? createJudge(application.spec.health?.rules),
        onForbidden: (scope) => hidden.add(nameOfScope(scope)),
        signal: request.ending,
      });
      return { items: flat(nodes), hiddenKinds: [...hidden].toSorted() };
    },
  );
};

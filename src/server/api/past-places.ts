import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { group } from '../../api/index.ts';
import type { Past, PastPlace } from '../../controller/index.ts';
import { plumbError } from '../../errors.ts';
import { userOf } from './caller.ts';
import type { ApiContext } from './context.ts';
import { namedParams } from './schemas.ts';

/** A namespace, in a path. */
export const namespaceParams = Type.Object({ namespace: namedParams.properties.namespace });

/** An object of a namespace, in a path. */
export const objectParams = Type.Object({
  ...namedParams.properties,
  kind: Type.String({
    minLength: 1,
    maxLength: 317,
    description: 'As kubectl writes it: `Deployment.apps`, `Service`.',
  }),
});

/** Whether what lies beside an object belongs to it. */
export const sideObjects = Type.Boolean({
  default: true,
  description: 'With all that lies in the folder of the object, or the object alone.',
});

/**
 * The past of what Git maintains.
 * @throws PlumbError `server.unavailable` where this process does not lead
 */
export function pastOf({ past }: Pick<ApiContext, 'past'>): Past {
  const known = past();
  if (known !== undefined) return known;
  throw plumbError('server.unavailable', 'this process does not lead, or does not know yet what there is');
}

/** What reading and going back are called in the words of RBAC. */
export type PastVerb = 'get' | 'restore' | 'revert';

/**
 * An object of a path, where the user may do this with it.
 * @throws PlumbError `auth.forbidden`, `kube.no-such-kind`
 */
export async function objectPlace(
  context: ApiContext,
  request: FastifyRequest,
  { namespace, kind, name }: Static<typeof objectParams>,
  verb: PastVerb,
  withSides: boolean,
): Promise<PastPlace> {
  const dot = kind.indexOf('.');
  const object = { group: dot < 0 ? '' : kind.slice(dot + 1), kind: dot < 0 ? kind : kind.slice(0, dot), name };
  await requireObject(context, request, namespace, object, verb);
  return { kind: 'objects', namespace, objects: [object], sideObjects: withSides };
}

/** @throws PlumbError `auth.forbidden`, `kube.no-such-kind` */
export async function requireObject(
  { authorizer, client }: ApiContext,
  request: FastifyRequest,
  namespace: string,
  object: { readonly group: string; readonly kind: string; readonly name: string },
  verb: PastVerb,
): Promise<void> {
  const { plural } = await client.discovery.resource(object, { signal: request.ending });
  const right = { verb, group: object.group, resource: plural, namespace, name: object.name };
  await authorizer.require(userOf(request), right, request.ending);
}

/** The right to all of a namespace: that to the Application that Plumbline has made for it. */
export const namespaceRight = (verb: PastVerb) => ({ verb, group, resource: 'applications' }) as const;

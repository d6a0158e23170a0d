import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { type ChangeRequest, type ChangeResult, type ObjectChange, showObjects } from '../../controller/index.ts';
import type { ErrorCode } from '../../errors.ts';
import { kubeUser } from '../auth/kube-user.ts';
import { userOf } from './caller.ts';
import type { ApiContext } from './context.ts';
import { leading } from './leading.ts';
import { anyObject, keySchema } from './schemas.ts';
import { syncAnswerOf, syncOutcome, waitQuery } from './sync-outcome.ts';

/** How a change may be asked for, besides its content. */
export const changeQuery = Type.Object(
  {
    action: Type.Optional(
      Type.String({
        maxLength: 256,
        description: '`Action` of the commit: `create`, `update` or `delete` where left out.',
      }),
    ),
    message: Type.Optional(Type.String({ maxLength: 4_096, description: '`Message` of the commit.' })),
    dryRun: Type.Boolean({ default: false, description: 'Try everything, and change nothing.' }),
    wait: waitQuery,
  },
  { additionalProperties: false },
);

/** Headers of a change. */
export const changeHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      maxLength: 255,
      description: 'Made up by the caller: who sends the same request with the same key again changes nothing more.',
    }),
  ),
});

/** Headers of a change of one object. */
export const matchHeaders = Type.Object({
  ...changeHeaders.properties,
  'if-match': Type.Optional(
    Type.String({
      maxLength: 255,
      description:
        'The `ETag` of the object as it was read. What others have changed since stays, and where that is the same field, the answer is 409 with both sides.',
    }),
  ),
});

/** What became of a change. */
export const changeAnswer = Type.Object(
  {
    operation: Type.Optional(
      Type.String({ description: 'Name of the Operation in the namespace; missing where it was only tried.' }),
    ),
    state: Type.Enum(['Pending', 'Committed', 'PullRequestOpen', 'Applied', 'Unchanged', 'Failed', 'Tried'], {
      type: 'string',
      description:
        '`Committed` to the branch, proposed, `Applied` to a cluster without Git, as it was wished already, or only tried.',
    }),
    commit: Type.Optional(Type.String({ description: 'Full id of the commit that holds the change.' })),
    pullRequest: Type.Optional(
      Type.Object(
        {
          number: Type.Integer({ description: 'Its number at the forge.' }),
          link: Type.String({ description: 'Where people see it.' }),
        },
        { description: 'The pull request that proposes it.' },
      ),
    ),
    objects: Type.Optional(
      Type.Array(
        Type.Object({
          key: keySchema,
          change: Type.Enum(['created', 'changed', 'deleted', 'unchanged'], {
            type: 'string',
            description: 'What became of it.',
          }),
          object: Type.Optional(anyObject),
        }),
        { description: 'Each object; missing where the same request was sent before.' },
      ),
    ),
    warnings: Type.Array(Type.String(), { description: 'What the API server warned of.' }),
    sync: Type.Optional(syncOutcome),
  },
  { $id: 'Change', description: 'What became of a change.' },
);

/** Codes that any change may be refused with. */
export const changeErrors = [
  'writeback.request-invalid',
  'writeback.path-invalid',
  'writeback.plain-secret',
  'writeback.file-invalid',
  'writeback.conflict',
  'writeback.key-reused',
  'writeback.rendered-folder',
  'writeback.cannot-place',
  'writeback.not-proved',
  'controller.change-refused',
  'writeback.contended',
  'kube.no-such-kind',
  'kube.forbidden',
  'kube.invalid',
  'kube.admission-denied',
  'kube.not-found',
  'kube.stale',
  'controller.gitops-unknown',
  'controller.gitops-invalid',
  'controller.gitops-starting',
  'git.push-refused',
  'git.push-protected',
  'git.push-unknown',
  'server.unavailable',
] as const satisfies readonly ErrorCode[];

/** What a request asks for besides the objects. */
interface Asked {
  readonly namespace: string;
  readonly changes: readonly ObjectChange[];
  readonly query: Static<typeof changeQuery>;
  readonly idempotencyKey: string | undefined;
}

/** Makes a change as whoever sent the request. */
export async function change(
  context: ApiContext,
  request: FastifyRequest,
  { namespace, changes, query, idempotencyKey }: Asked,
): Promise<Static<typeof changeAnswer>> {
  const { action, message, dryRun, wait } = query;
  const signedIn = userOf(request);
  const asked: ChangeRequest = {
    namespace,
    user: { ...kubeUser(signedIn), ...(signedIn.email === undefined ? {} : { email: signedIn.email }) },
    changes,
    dryRun,
    ...(action === undefined ? {} : { action }),
    ...(message === undefined ? {} : { message }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
  const options = { signal: request.ending, ...(wait === undefined ? {} : { wait }) };
  return changeAnswerOf(await leading(context.changes).submit(asked, options));
}

/** What became of a change, as it is answered. */
export function changeAnswerOf({
  operation,
  pullRequest,
  objects,
  warnings,
  sync,
  ...rest
}: ChangeResult): Static<typeof changeAnswer> {
  return {
    ...(operation === undefined ? {} : { operation }),
    ...rest,
    ...(pullRequest === undefined ? {} : { pullRequest: { ...pullRequest } }),
    ...(objects === undefined
      ? {}
      : {
          objects: objects.map(({ key, change: what, object }) => {
            const [shown] = showObjects([object]);
            return { key: { ...key }, change: what, ...(shown === undefined ? {} : { object: shown }) };
          }),
        }),
    warnings: [...warnings],
    ...(sync === undefined ? {} : { sync: syncAnswerOf(sync) }),
  };
}

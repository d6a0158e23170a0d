import type { ApiClient, Schemas } from '../../client/index.ts';
import { type ErrorCode, PlumbError, plumbError } from '../../errors.ts';
import { formatData, isDataFormat } from '../output/data.ts';
import { formatDiffs } from '../past/print-log.ts';
import type { Session } from '../session.ts';
import type { ChangeOptions } from './change-options.ts';
import type { ChangeTarget } from './target.ts';

/** What became of a change. */
export type ChangeAnswer = Schemas['ApplicationChange'];

/** An object as Git says, and the version to change it upon. */
export interface SeenObject {
  readonly object: Schemas['KubernetesObject'];
  readonly etag: string | undefined;
}

/**
 * Reads an object of an Application as the newest commit says: a change that nothing is asked of. What the controller has
 * rendered last may be a commit behind, and whoever changes two things in a row would be in conflict with himself.
 */
export async function readObject(
  client: ApiClient,
  target: ChangeTarget,
  { objectNamespace }: ChangeOptions,
  signal: AbortSignal,
): Promise<SeenObject> {
  const query = { dryRun: true, ...(objectNamespace === undefined ? {} : { objectNamespace }) };
  const { objects, base } = await send(client, target, { how: 'patch', type: 'merge', patch: {} }, query, signal);
  const object = objects?.[0]?.object;
  if (object !== undefined) return { object, etag: base === undefined ? undefined : `"${base}"` };
  throw plumbError('cli.not-found', `Git has no ${target.kind} ${target.object} for the Application ${target.name}`);
}

/** What is sent: a patch of an object, or all of it upon the version that was seen. */
export type Sent =
  | { readonly how: 'patch'; readonly type: 'merge' | 'json' | 'apply'; readonly patch: unknown }
  | { readonly how: 'put'; readonly object: object; readonly etag: string | undefined };

/** Sends a change, and tells what came of it. @throws PlumbError what it was refused with, or what the sync failed with */
export async function sendChange(
  session: Session<ChangeOptions>,
  client: ApiClient,
  target: ChangeTarget,
  sent: Sent,
): Promise<void> {
  const { options, progress, signal } = session;
  progress.step(options.dryRun === true ? 'Trying' : options.wait === true ? 'Changing, and waiting' : 'Changing');
  const answer = await send(client, target, sent, queryOf(options), signal);
  progress.done();
  await tell(session, answer);
  refuseSync(answer);
}

function queryOf({ dryRun, wait, message, action, pullRequest, objectNamespace }: ChangeOptions) {
  return {
    dryRun: dryRun === true,
    ...(wait === true ? { wait: 'synced' as const } : {}),
    ...(message === undefined ? {} : { message }),
    ...(action === undefined ? {} : { action }),
    ...(pullRequest === true ? { mode: 'pullRequest' as const } : {}),
    ...(objectNamespace === undefined ? {} : { objectNamespace }),
  };
}

async function send(
  client: ApiClient,
  path: ChangeTarget,
  sent: Sent,
  query: ReturnType<typeof queryOf>,
  signal: AbortSignal,
): Promise<ChangeAnswer> {
  const { answerOf } = await import('../../client/index.ts');
  const { api } = client;
  if (sent.how === 'patch') {
    const params = { path, query: { ...query, type: sent.type } };
    const body = sent.patch as Record<string, never>;
    return answerOf(
      client,
      api.PATCH('/api/v1/applications/{namespace}/{name}/objects/{kind}/{object}', { params, body, signal }),
    );
  }
  const header = sent.etag === undefined ? {} : { 'if-match': sent.etag };
  const body = sent.object as Record<string, never>;
  return answerOf(
    client,
    api.PUT('/api/v1/applications/{namespace}/{name}/objects/{kind}/{object}', {
      params: { path, query, header },
      body,
      signal,
    }),
  );
}

async function tell(session: Session<ChangeOptions>, answer: ChangeAnswer): Promise<void> {
  const { options, context, colors, print } = session;
  for (const warning of answer.warnings) context.stderr.write(`Warning: ${warning}\n`);
  if (isDataFormat(options.output)) {
    print(await formatData(answer, options.output));
    return;
  }
  const { state, commit = '', operation, pullRequest, explanation = '', diffs = [], sync } = answer;
  if (options.output === 'name') {
    print(commit === '' ? '' : `${commit}\n`);
    return;
  }
  print(formatDiffs(diffs, colors));
  if (explanation !== '') context.stderr.write(`It ${explanation}.\n`);
  if (state === 'Tried') context.stderr.write('It was only tried: nothing is committed.\n');
  else if (state === 'Unchanged') context.stderr.write('Git has it so already: nothing is committed.\n');
  else if (pullRequest !== undefined) context.stderr.write(`Proposed in ${pullRequest.link}\n`);
  else context.stderr.write(`Committed as ${commit}${operation === undefined ? '' : ` (operation ${operation})`}\n`);
  if (sync?.state === 'synced') context.stderr.write(`The cluster has it, at ${sync.revision ?? commit}\n`);
}

/** What was waited for and did not come is no success, though the commit is made. @throws PlumbError what it failed with */
export function refuseSync({ sync }: Pick<ChangeAnswer, 'sync'>): void {
  if (sync?.state === 'waiting') throw plumbError('timeout', sync.message ?? 'the cluster does not have it yet');
  if (sync?.state !== 'failed') return;
  const problems = (sync.problems ?? []).map(({ code, ...problem }) => ({ ...problem, code: code as ErrorCode }));
  const [first = { code: 'internal' as const, message: 'the sync failed' }, ...rest] = problems;
  throw new PlumbError([first, ...rest] as ConstructorParameters<typeof PlumbError>[0]);
}

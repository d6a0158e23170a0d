import type { ApiClient, Schemas } from '../../client/index.ts';
import { plumbError } from '../../errors.ts';
import { formatData, isDataFormat } from '../output/data.ts';
import type { Session } from '../session.ts';
import { kindOf, type Place, placeOf } from './place.ts';
import { formatDiffs } from './print-log.ts';
import { fullHash, openServer, openServerSource } from './server.ts';

/** What restoring and reverting have in common. */
export interface BackOptions {
  readonly application?: string;
  readonly action?: string;
  readonly message?: string;
  /** False with `--alone`. */
  readonly alone?: boolean;
  readonly dryRun?: boolean;
  /** Waits for the cluster. */
  readonly wait?: boolean;
}

type Answer = Schemas['WayBack'];
type Verb = 'restore' | 'revert';

/** Restores or reverts on a server, and tells what came of it. */
export async function goBack(
  session: Session<BackOptions>,
  verb: Verb,
  { objects, commit }: { readonly objects: readonly string[]; readonly commit: string },
): Promise<void> {
  const { options, progress, signal } = session;
  const place = placeOf(objects, options);
  const client = await openServer(session);
  progress.step('Looking for the commit');
  const sideObjects = options.alone !== true;
  const source = await openServerSource(client, place, { sideObjects, signatures: false }, signal);
  const hash = await fullHash(source, commit);
  progress.step(options.dryRun === true ? 'Trying' : verb === 'restore' ? 'Restoring' : 'Reverting');
  const { action, message } = options;
  const body = {
    hash,
    dryRun: options.dryRun === true,
    ...(action === undefined ? {} : { action }),
    ...(message === undefined ? {} : { message }),
  };
  const wait = options.wait === true ? ({ query: { wait: 'synced' } } as const) : {};
  const answer = await send(client, verb, place, body, sideObjects, { ...wait, signal });
  progress.done();
  await tellBack(session, answer);
}

interface Body {
  readonly hash: string;
  readonly dryRun: boolean;
  readonly action?: string;
  readonly message?: string;
}

/** Whether it is waited for, and until when. */
interface How {
  readonly query?: { readonly wait: 'synced' };
  readonly signal: AbortSignal;
}

/** What all calls have in common. */
function callOf<Path>({ query, signal }: How, path: Path) {
  return { params: { path, ...(query === undefined ? {} : { query }) }, signal };
}

async function send(
  client: ApiClient,
  verb: Verb,
  place: Place,
  asked: Body,
  sideObjects: boolean,
  how: How,
): Promise<Answer> {
  const { answerOf } = await import('../../client/index.ts');
  const { api } = client;
  const { namespace } = place;
  switch (place.kind) {
    case 'application': {
      const call = { ...callOf(how, { namespace, name: place.name }), body: asked };
      return answerOf(
        client,
        verb === 'restore'
          ? api.POST('/api/v1/applications/{namespace}/{name}/gitrestore', call)
          : api.POST('/api/v1/applications/{namespace}/{name}/gitrevert', call),
      );
    }
    case 'objects': {
      const [first, ...others] = place.objects;
      if (others.length === 0) {
        const path = { namespace, kind: kindOf(first), name: first.name };
        const call = { ...callOf(how, path), body: { ...asked, sideObjects } };
        return answerOf(
          client,
          verb === 'restore'
            ? api.POST('/api/v1/namespaces/{namespace}/objects/{kind}/{name}/gitrestore', call)
            : api.POST('/api/v1/namespaces/{namespace}/objects/{kind}/{name}/gitrevert', call),
        );
      }
      return sendNamespace(client, verb, namespace, { ...asked, sideObjects, objects: [...place.objects] }, how);
    }
    case 'namespace':
      return sendNamespace(client, verb, namespace, { ...asked, sideObjects }, how);
  }
}

async function sendNamespace(
  client: ApiClient,
  verb: Verb,
  namespace: string,
  body: Body & { sideObjects: boolean; objects?: { group: string; kind: string; name: string }[] },
  how: How,
): Promise<Answer> {
  const { answerOf } = await import('../../client/index.ts');
  const call = { ...callOf(how, { namespace }), body };
  return answerOf(
    client,
    verb === 'restore'
      ? client.api.POST('/api/v1/namespaces/{namespace}/gitrestore', call)
      : client.api.POST('/api/v1/namespaces/{namespace}/gitrevert', call),
  );
}

/** Tells what came of a way back. @throws PlumbError where the cluster was waited for, and does not have it */
export async function tellBack(session: Session, answer: Answer): Promise<void> {
  const { options, context, colors, print } = session;
  for (const warning of answer.warnings) context.stderr.write(`Warning: ${warning}\n`);
  if (isDataFormat(options.output)) {
    print(await formatData(answer, options.output));
    return;
  }
  const { state, hash = '', operation, pullRequest, sync } = answer;
  if (options.output === 'name') {
    print(hash === '' ? '' : `${hash}\n`);
    endOf(sync);
    return;
  }
  print(formatDiffs(answer.diffs, colors));
  if (state === 'Tried') context.stderr.write('It was only tried: nothing is committed.\n');
  else if (pullRequest !== undefined) context.stderr.write(`Proposed in ${pullRequest.link}\n`);
  else context.stderr.write(`Committed as ${hash}${operation === undefined ? '' : ` (operation ${operation})`}\n`);
  endOf(sync);
  if (sync?.state === 'synced') context.stderr.write(`The cluster has it, at ${sync.revision ?? hash}\n`);
}

/** What is in Git and not in the cluster is told as what it is. @throws PlumbError */
function endOf(sync: Answer['sync']): void {
  if (sync === undefined || sync.state === 'synced') return;
  if (sync.state === 'waiting') throw plumbError('timeout', sync.message ?? 'the cluster has not come to it in time');
  const message = (sync.problems ?? []).map((problem) => problem.message).join('; ');
  throw plumbError('cli.sync-failed', `it is committed, and the sync of it failed: ${message}`);
}

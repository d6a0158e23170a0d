import type { ApiClient, Schemas } from '../../client/index.ts';
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
  const answer = await send(client, verb, place, body, sideObjects, signal);
  progress.done();
  await tell(session, answer);
}

interface Body {
  readonly hash: string;
  readonly dryRun: boolean;
  readonly action?: string;
  readonly message?: string;
}

async function send(
  client: ApiClient,
  verb: Verb,
  place: Place,
  asked: Body,
  sideObjects: boolean,
  signal: AbortSignal,
): Promise<Answer> {
  const { answerOf } = await import('../../client/index.ts');
  const { api } = client;
  const { namespace } = place;
  switch (place.kind) {
    case 'application': {
      const call = { params: { path: { namespace, name: place.name } }, body: asked, signal };
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
        const call = { params: { path }, body: { ...asked, sideObjects }, signal };
        return answerOf(
          client,
          verb === 'restore'
            ? api.POST('/api/v1/namespaces/{namespace}/objects/{kind}/{name}/gitrestore', call)
            : api.POST('/api/v1/namespaces/{namespace}/objects/{kind}/{name}/gitrevert', call),
        );
      }
      return sendNamespace(client, verb, namespace, { ...asked, sideObjects, objects: [...place.objects] }, signal);
    }
    case 'namespace':
      return sendNamespace(client, verb, namespace, { ...asked, sideObjects }, signal);
  }
}

async function sendNamespace(
  client: ApiClient,
  verb: Verb,
  namespace: string,
  body: Body & { sideObjects: boolean; objects?: { group: string; kind: string; name: string }[] },
  signal: AbortSignal,
): Promise<Answer> {
  const { answerOf } = await import('../../client/index.ts');
  const call = { params: { path: { namespace } }, body, signal };
  return answerOf(
    client,
    verb === 'restore'
      ? client.api.POST('/api/v1/namespaces/{namespace}/gitrestore', call)
      : client.api.POST('/api/v1/namespaces/{namespace}/gitrevert', call),
  );
}

async function tell(session: Session<BackOptions>, answer: Answer): Promise<void> {
  const { options, context, colors, print } = session;
  for (const warning of answer.warnings) context.stderr.write(`Warning: ${warning}\n`);
  if (isDataFormat(options.output)) {
    print(await formatData(answer, options.output));
    return;
  }
  const { state, hash = '', operation, pullRequest } = answer;
  if (options.output === 'name') {
    print(hash === '' ? '' : `${hash}\n`);
    return;
  }
  print(formatDiffs(answer.diffs, colors));
  if (state === 'Tried') context.stderr.write('It was only tried: nothing is committed.\n');
  else if (pullRequest !== undefined) context.stderr.write(`Proposed in ${pullRequest.link}\n`);
  else context.stderr.write(`Committed as ${hash}${operation === undefined ? '' : ` (operation ${operation})`}\n`);
}

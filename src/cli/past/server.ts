import { plumbError } from '../../errors.ts';
import type { ApiClient, Schemas } from '../../client/index.ts';
import type { Session } from '../session.ts';
import { apiClientOf } from '../access/with-plumb.ts';
import { serverOf } from '../sign-in/server-url.ts';
import { kindOf, type Place } from './place.ts';
import type { LogQuery, LogSource } from './source.ts';

/** A client of the server that the flags, the environment or the last sign-in name, as whoever is signed in to it. */
export async function openServer(session: Session): Promise<ApiClient> {
  return apiClientOf(session, await serverOf(session.context, session.options));
}

type LogAnswer = Schemas['AuditLog'];

/** Reads the log of a place from a server. */
export async function openServerSource(
  client: ApiClient,
  place: Place,
  { sideObjects, signatures }: { readonly sideObjects: boolean; readonly signatures: boolean },
  signal: AbortSignal,
): Promise<LogSource> {
  const { answerOf } = await import('../../client/index.ts');
  const { api } = client;
  const path = pathOf(place);
  const log = (query: LogQuery): Promise<LogAnswer> => {
    const { filter, limit, cursor } = query;
    const { user, action, since, until } = filter;
    const asked = {
      limit,
      signatures,
      ...(cursor === undefined ? {} : { cursor }),
      ...(user === undefined ? {} : { user }),
      ...(action === undefined ? {} : { action }),
      ...(since === undefined ? {} : { since: since.toISOString() }),
      ...(until === undefined ? {} : { until: until.toISOString() }),
    };
    switch (path.kind) {
      case 'object': {
        const params = { path: path.object, query: { ...asked, sideObjects } };
        return answerOf(
          client,
          api.GET('/api/v1/namespaces/{namespace}/objects/{kind}/{name}/gitlogs', { params, signal }),
        );
      }
      case 'namespace': {
        const params = { path: path.named, query: asked };
        return answerOf(client, api.GET('/api/v1/namespaces/{namespace}/gitlogs', { params, signal }));
      }
      case 'application': {
        const params = { path: path.named, query: asked };
        return answerOf(client, api.GET('/api/v1/applications/{namespace}/{name}/gitlogs', { params, signal }));
      }
    }
  };
  const diff = (hash: string): Promise<Schemas['CommitDiff']> => {
    switch (path.kind) {
      case 'object': {
        const params = { path: path.object, query: { hash, sideObjects } };
        return answerOf(
          client,
          api.GET('/api/v1/namespaces/{namespace}/objects/{kind}/{name}/gitdiff', { params, signal }),
        );
      }
      case 'namespace': {
        const params = { path: path.named, query: { hash } };
        return answerOf(client, api.GET('/api/v1/namespaces/{namespace}/gitdiff', { params, signal }));
      }
      case 'application': {
        const params = { path: path.named, query: { hash } };
        return answerOf(client, api.GET('/api/v1/applications/{namespace}/{name}/gitdiff', { params, signal }));
      }
    }
  };
  const source: LogSource = {
    log,
    diff: async (hash) => diff(await fullHash(source, hash)),
    close: () => Promise.resolve(),
  };
  return source;
}

type LogPath =
  | { readonly kind: 'object'; readonly object: { namespace: string; kind: string; name: string } }
  | { readonly kind: 'namespace'; readonly named: { namespace: string } }
  | { readonly kind: 'application'; readonly named: { namespace: string; name: string } };

/** The log of several objects is none: that of their namespace is read, to find a commit by its beginning. */
function pathOf(place: Place): LogPath {
  const { namespace } = place;
  if (place.kind === 'application') return { kind: 'application', named: { namespace, name: place.name } };
  if (place.kind === 'namespace' || place.objects.length > 1) return { kind: 'namespace', named: { namespace } };
  const [object] = place.objects;
  return { kind: 'object', object: { namespace, kind: kindOf(object), name: object.name } };
}

/** How far back a commit is looked for by the beginning of its id. */
const lookedAt = 1_000;

/**
 * The full id of a commit of a log.
 * @throws PlumbError `cli.usage` where the beginning of one fits none of the newest thousand, or several
 */
export async function fullHash(source: Pick<LogSource, 'log'>, given: string): Promise<string> {
  const hash = given.toLowerCase();
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(hash)) return hash;
  if (!/^[0-9a-f]{4,}$/.test(hash)) throw plumbError('cli.usage', `${JSON.stringify(given)} is no id of a commit`);
  const { items } = await source.log({ filter: {}, limit: lookedAt });
  const fitting = items.filter((entry) => entry.hash.startsWith(hash)).map((entry) => entry.hash);
  const [found, ...more] = fitting;
  if (found !== undefined && more.length === 0) return found;
  const why =
    found === undefined
      ? 'is the beginning of no commit of the log'
      : `is the beginning of several: ${fitting.join(', ')}`;
  throw plumbError('cli.usage', `${given} ${why}`, { hint: 'See `plumb audit` for the ids.' });
}

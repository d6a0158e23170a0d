import { plumbError, PlumbError, problemsOf } from '../../errors.ts';
import type { KubeClient } from '../../kube/index.ts';
import type { ObjectKey } from '../../object.ts';
import type { ChangeRequest, ChangeResult } from '../changes/types.ts';
import type { GitObject } from '../gitops/git-objects.ts';
import { madeName } from '../gitops/made-objects.ts';
import { defaultSecret, type GitOpsSettings } from '../gitops/settings.ts';
import type { StartedGitOps } from '../gitops/start-gitops.ts';
import type { Log } from '../log.ts';
import { ownWanted, type RepositoryState } from '../repository/repositories.ts';
import { takeOver, untilFollowed, untilStored } from './afterwards.ts';
import type { Holds } from './holds.ts';
import { refused } from './refused.ts';
import type { Admission, AdmissionAnswer, AdmissionRequest } from './types.ts';
import { wishedOf } from './wished.ts';

/** What changes by hand are decided with. */
export interface ReviewOptions {
  readonly client: KubeClient;
  readonly gitops: Pick<StartedGitOps, 'changes' | 'gitops' | 'settingsNow' | 'operations' | 'onRepository'>;
  readonly holds: Holds;
  readonly stateOf: (id: string) => RepositoryState | undefined;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Decides what becomes of changes by hand, and what is still to be done when they are stored. */
export interface StartedAdmission extends Admission {
  /** Resolves when nothing is to be done any more, after the signal has aborted. */
  end(): Promise<void>;
}

/** So long before the API server waits no longer, it is told what is known, in milliseconds. */
const spareMilliseconds = 2_000;

const allowed = (...warnings: readonly string[]): AdmissionAnswer => ({ allowed: true, warnings });

/** Makes commits of changes by hand. */
export function startAdmission(options: ReviewOptions): StartedAdmission {
  const { log, signal } = options;
  const underWay = new Set<Promise<unknown>>();
  const track = <T>(work: Promise<T>): Promise<T> => {
    const tracked = work.catch(() => undefined).finally(() => underWay.delete(tracked));
    underWay.add(tracked);
    return work;
  };
  return {
    async review(request, milliseconds) {
      const { namespace, operation, uid } = request;
      const who = { namespace, operation, user: request.userInfo.username, resource: request.resource.resource, uid };
      const limit = AbortSignal.timeout(Math.max(milliseconds - spareMilliseconds, 1));
      try {
        const answer = await decide(request, { ...options, limit, track });
        log.info({ ...who, allowed: answer.allowed, dryRun: request.dryRun }, 'change by hand');
        return answer;
      } catch (error) {
        if (signal.aborted) throw error;
        const problems = problemsOf(error);
        log.info({ ...who, allowed: false, problems }, 'change by hand refused');
        return refused(problems);
      }
    },
    async end() {
      await Promise.all(underWay);
    },
  };
}

interface DecideOptions extends ReviewOptions {
  /** Ends when the API server has to be told something. */
  readonly limit: AbortSignal;
  readonly track: <T>(work: Promise<T>) => Promise<T>;
}

async function decide(request: AdmissionRequest, options: DecideOptions): Promise<AdmissionAnswer> {
  const { gitops } = options.gitops;
  const { namespace } = request;
  const call = AbortSignal.any([options.signal, options.limit]);
  const settings = await readInTime(options, () => options.gitops.settingsNow(namespace, call));
  // It ends, or is not maintained any more.
  if (settings === undefined) return allowed();
  const key = await readInTime(options, () => keyOf(request, options));
  if (isCredentials(key, settings)) return allowed();
  if (settings.layout === 'source')
    throw plumbError(
      'writeback.request-invalid',
      'the folder of the namespace holds a source, in which only a change over the API or with plumb set, patch or edit is placed',
    );
  const git = await readInTime(options, () => gitops.objects.get(settings, key, { signal: call, fresh: true }));
  const wished = wishedOf(request, key, git);
  if (wished.kind === 'pass') return allowed(...(wished.warning === undefined ? [] : [wished.warning]));
  const change: ChangeRequest = {
    namespace,
    user: request.userInfo,
    changes: [wished.change],
    idempotencyKey: `admission-${request.uid}`,
    ...(request.fieldManager === undefined ? {} : { message: request.fieldManager }),
    ...(request.dryRun ? { dryRun: true } : {}),
  };
  if (settings.mode === 'pullRequest' || request.dryRun) return proposed(change, settings, git, call, options);
  return committed(request, change, key, settings, options);
}

/** Nothing is begun while it is only looked. */
async function readInTime<T>({ limit }: DecideOptions, look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (!limit.aborted) throw error;
    throw plumbError('timeout', 'Git was not read in time, and nothing was changed', { cause: error });
  }
}

async function proposed(
  change: ChangeRequest,
  settings: GitOpsSettings,
  git: GitObject | undefined,
  signal: AbortSignal,
  options: DecideOptions,
): Promise<AdmissionAnswer> {
  const { state, pullRequest, operation } = await inTime(change, options, () =>
    options.gitops.changes.submit(change, settings, { signal }),
  );
  if (state !== 'PullRequestOpen' || pullRequest === undefined) {
    const how = settings.mode === 'pullRequest' ? 'be proposed as a pull request' : 'become a commit';
    return state === 'Tried' ? allowed(`Plumbline: without the dry run this would ${how}`) : allowed();
  }
  return {
    allowed: false,
    code: 403,
    reason: 'Forbidden',
    message:
      `Plumbline proposed this change: ${pullRequest.link} (Operation ${operation ?? ''}). Namespace ${settings.namespace} takes ` +
      `changes by pull request, so that ${git === undefined ? 'it is not made' : 'nothing is changed'} here before that is merged.`,
  };
}

/**
 * From before the commit until the cluster has what was let pass, the namespace is not synced: a sync would take the one
 * for a drift of the other, or make the object before the request does.
 */
async function committed(
  request: AdmissionRequest,
  change: ChangeRequest,
  key: ObjectKey,
  settings: GitOpsSettings,
  options: DecideOptions,
): Promise<AdmissionAnswer> {
  const { namespace } = settings;
  const submit = async (): Promise<{ result: ChangeResult; release: () => void }> => {
    const release = await options.holds.begin(`${namespace}/${madeName}`);
    try {
      // Once it is begun it is brought to its end, also where nobody waits for it any more.
      const signal = AbortSignal.any([options.signal, options.limit]);
      return { result: await options.gitops.changes.submit(change, settings, { signal }), release };
    } catch (error) {
      release();
      throw error;
    }
  };
  const submitted = options.track(submit());
  let result: ChangeResult;
  let release: () => void;
  try {
    ({ result, release } = await inTime(change, options, () => submitted));
  } catch (error) {
    void submitted.then(
      (late) => late.release(),
      () => undefined,
    );
    throw error;
  }
  void options.track(
    afterwards(request, key, settings, result, options)
      .catch((error: unknown) => {
        options.log.warn(
          { namespace, problems: problemsOf(error) },
          'a change by hand was committed, and not followed',
        );
      })
      .finally(release),
  );
  const { commit, operation, state } = result;
  if (state !== 'Committed') return allowed();
  return allowed(
    `Plumbline: committed to branch ${settings.branch} of ${settings.url} as ${commit ?? ''} (Operation ${operation ?? ''})`,
    ...result.warnings,
  );
}

async function afterwards(
  request: AdmissionRequest,
  key: ObjectKey,
  settings: GitOpsSettings,
  { commit }: ChangeResult,
  { client, gitops, stateOf, signal }: DecideOptions,
): Promise<void> {
  const isDeletion = request.operation === 'DELETE';
  const before = request.oldObject?.metadata.resourceVersion;
  await untilStored({ client, key, signal }, { isDeletion, before });
  if (!isDeletion && request.fieldManager !== undefined) {
    const { group, version } = request.subResource === undefined ? request.kind : request.resource;
    const apiVersion = group === '' ? version : `${group}/${version}`;
    await takeOver(client, { ...key, apiVersion }, request.fieldManager, signal);
  }
  if (commit === undefined) return;
  const id = `${settings.namespace}/${madeName}`;
  await gitops.gitops.repositories.use(
    settings,
    ({ mirror }) =>
      untilFollowed({
        commit,
        mirror,
        current: () => followed(stateOf(id)),
        listen: (tell) => gitops.onRepository(id, tell),
        signal,
      }),
    signal,
  );
}

function followed(state: RepositoryState | undefined): string | undefined {
  const wanted = state === undefined ? undefined : ownWanted(state.repository);
  const revision = wanted === undefined ? undefined : state?.revisions?.of(wanted);
  return revision?.state === 'ready' ? revision.version.revision : undefined;
}

/** What is not over in time goes on, and whoever asked is told where to look. */
async function inTime<T>(change: ChangeRequest, options: DecideOptions, work: () => Promise<T>): Promise<T> {
  const { limit, gitops, signal } = options;
  const late = Promise.withResolvers<never>();
  late.promise.catch(() => undefined);
  const tell = (): void => {
    void reasonFor(change, gitops.operations, signal).then(late.reject, late.reject);
  };
  limit.addEventListener('abort', tell, { once: true });
  try {
    return await Promise.race([work(), late.promise]);
  } catch (error) {
    if (limit.aborted && !(error instanceof PlumbError)) throw await reasonFor(change, gitops.operations, signal);
    throw error;
  } finally {
    limit.removeEventListener('abort', tell);
  }
}

async function reasonFor(
  change: ChangeRequest,
  operations: ReviewOptions['gitops']['operations'],
  signal: AbortSignal,
): Promise<PlumbError> {
  const name = operations.nameFor(change);
  const begun = change.dryRun === true ? undefined : await operations.get(change.namespace, name, signal);
  return plumbError(
    'timeout',
    begun === undefined
      ? 'Git was not written to in time, and nothing was changed'
      : `it is not known yet whether this is committed: kubectl get operation ${name} tells; the cluster will follow Git`,
  );
}

/** The object that is meant: of a subresource, the one that it belongs to. */
async function keyOf(request: AdmissionRequest, { client, limit }: DecideOptions): Promise<ObjectKey> {
  const { namespace, kind, resource, subResource } = request;
  // Of a deletion of many, only the object itself knows its name.
  const name = (request.object ?? request.oldObject)?.metadata.name ?? '';
  if (subResource === undefined) return { group: kind.group, kind: kind.kind, namespace, name };
  const all = await client.discovery.resources({ signal: limit });
  const owner = all.find(
    (each) => each.group === resource.group && each.version === resource.version && each.plural === resource.resource,
  );
  if (owner !== undefined && scaled.has(owner.group)) return { group: owner.group, kind: owner.kind, namespace, name };
  throw plumbError(
    'writeback.request-invalid',
    `it is not known where ${resource.resource}.${resource.group} keeps its number of replicas: change the object itself`,
  );
}

/** Their kinds keep the number of replicas in `spec.replicas`. */
const scaled: ReadonlySet<string> = new Set(['', 'apps']);

function isCredentials({ group, kind, name }: ObjectKey, { secret = defaultSecret }: GitOpsSettings): boolean {
  return group === '' && kind === 'Secret' && name === secret;
}

import { isDeepStrictEqual } from 'node:util';
import { group } from '../../api/index.ts';
import { PlumbError, plumbError, type Problem, problemsOf } from '../../errors.ts';
import { type EventRecorder, type KubeClient, watchCache } from '../../kube/index.ts';
import type { KubeObject } from '../../object.ts';
import type { Log } from '../log.ts';
import type { ReferenceReader, References } from '../access/references.ts';
import { isMade, madeKinds, madeName, madeObjects } from './made-objects.ts';
import { defaultSecret, type GitOpsNamespace, type GitOpsSettings, readNamespace } from './settings.ts';

/** What is known of one namespace. */
interface NamespaceState {
  namespace: GitOpsNamespace;
  /** Told when the Secret comes or goes. */
  reader: ReferenceReader | undefined;
  /** What was made last, and the generations that the API server gave it. */
  made: readonly KubeObject[] | undefined;
  generations: ReadonlyMap<string, number>;
  problems: readonly Problem[];
}

/** The namespaces of the cluster, and what is made in those that Git maintains. */
export interface GitOpsNamespaces {
  /** What a namespace says of itself; undefined where there is none of that name. */
  get(namespace: string): GitOpsNamespace | undefined;
  /**
   * What the namespace itself says now: what the watch tells is a moment old. Where it may not be read, as `get`.
   * @throws PlumbError `kube.*`
   */
  look(namespace: string, signal: AbortSignal): Promise<GitOpsNamespace | undefined>;
  /** What is wrong with it besides what its Repository and its Application tell. */
  problemsOf(namespace: string): readonly Problem[];
  /** Brings what is made in a namespace to what it says of itself. */
  reconcile(namespace: string, signal: AbortSignal): Promise<void>;
  /** Takes what a watch shows of Repositories and Applications: what others have changed is put right. */
  shown(object: KubeObject): void;
  /** One of them is gone. */
  gone(id: string): void;
  /** Begins to watch; resolves when all namespaces were shown, or when it may not watch them: then there are none. */
  start(): Promise<void>;
}

/** What namespaces are looked after with. */
export interface GitOpsNamespacesOptions {
  readonly client: KubeClient;
  /** This namespace alone; all where left out. */
  readonly namespace: string | undefined;
  readonly references: References;
  readonly events: EventRecorder;
  readonly log: Log;
  readonly enqueue: (namespace: string) => void;
  readonly signal: AbortSignal;
}

const fieldManager = 'plumbline-gitops';

/** Looks after the GitOps namespaces of a cluster. */
export function createGitOpsNamespaces(options: GitOpsNamespacesOptions): GitOpsNamespaces {
  const { client, enqueue, log, signal } = options;
  const states = new Map<string, NamespaceState>();
  /** Where something is that was made, so that the many other namespaces cost no call. */
  const present = new Set<string>();

  const take = (object: KubeObject): void => {
    const { name } = object.metadata;
    const namespace = said(object);
    const state = states.get(name);
    if (state !== undefined && isDeepStrictEqual(state.namespace, namespace)) return;
    if (state === undefined)
      states.set(name, { namespace, reader: undefined, made: undefined, generations: new Map(), problems: [] });
    else state.namespace = namespace;
    if (state !== undefined || namespace.state !== 'off' || present.has(name)) enqueue(name);
  };

  const drop = (name: string): void => {
    states.get(name)?.reader?.close();
    states.delete(name);
    present.delete(name);
  };

  const secretOf = async (
    state: NamespaceState,
    settings: GitOpsSettings,
    call: AbortSignal,
  ): Promise<string | undefined> => {
    if (settings.secret !== undefined) return settings.secret;
    state.reader ??= options.references.reader(() => enqueue(settings.namespace));
    const reference = { kind: 'Secret', namespace: settings.namespace, name: defaultSecret } as const;
    const found = await state.reader.round((look) => look.object(reference), call);
    return found === undefined ? undefined : defaultSecret;
  };

  const make = async (state: NamespaceState, settings: GitOpsSettings, call: AbortSignal): Promise<void> => {
    const wanted = madeObjects(settings, await secretOf(state, settings, call));
    if (isDeepStrictEqual(wanted, state.made)) return;
    const problems = (await Promise.all(wanted.map((object) => obstacleTo(object, call)))).flat();
    const generations = new Map<string, number>();
    if (problems.length === 0) {
      for (const object of wanted) {
        try {
          const stored = await client.apply(object, {
            fieldManager,
            force: true,
            fieldValidation: 'Strict',
            signal: call,
          });
          generations.set(object.kind, stored.metadata.generation ?? 0);
        } catch (error) {
          const found = problemsOf(error);
          if (found.some(({ code }) => code !== 'kube.invalid' && code !== 'kube.admission-denied')) throw error;
          problems.push(...found);
        }
      }
    }
    tell(settings.namespace, state, problems);
    if (problems.length > 0) return;
    state.made = wanted;
    state.generations = generations;
  };

  /** What somebody else made under the same name is left alone. */
  const obstacleTo = async ({ kind, metadata }: KubeObject, call: AbortSignal): Promise<Problem[]> => {
    const namespace = metadata.namespace ?? '';
    const there = await client.get({ group, kind, namespace, name: madeName }, { signal: call });
    if (there === undefined || isMade(there)) return [];
    const message = `there is a ${kind} of this name that Plumbline did not make for the namespace: delete or rename it`;
    return [
      { code: 'controller.gitops-invalid', message, where: { object: `${group}/${kind} ${namespace}/${madeName}` } },
    ];
  };

  const unmake = async (state: NamespaceState, namespace: string, call: AbortSignal): Promise<void> => {
    state.reader?.close();
    state.reader = undefined;
    state.made = undefined;
    state.problems = [];
    present.delete(namespace);
    for (const kind of madeKinds) {
      const ref = { group, kind, namespace, name: madeName };
      const there = await client.get(ref, { signal: call });
      if (there === undefined || !isMade(there)) continue;
      const { uid } = there.metadata;
      await client.delete(ref, { signal: call, ...(uid === undefined ? {} : { preconditions: { uid } }) });
      log.info({ namespace, kind }, 'taken away: Git does not maintain the namespace any more');
    }
  };

  const tell = (namespace: string, state: NamespaceState, problems: readonly Problem[]): void => {
    state.problems = problems;
    if (problems.length > 0) warn(namespace, problems);
  };

  const warn = (namespace: string, problems: readonly Problem[]): void => {
    options.events.record({
      about: { apiVersion: 'v1', group: '', kind: 'Namespace', namespace, name: namespace, uid: undefined },
      type: 'Warning',
      reason: 'GitOpsInvalid',
      action: 'Reconcile',
      message: plumbErrorText(problems),
    });
  };

  return {
    get: (namespace) => states.get(namespace)?.namespace,
    async look(name, call) {
      const known = states.get(name)?.namespace;
      if (options.namespace !== undefined && options.namespace !== name) return known;
      try {
        const there = await client.get({ group: '', kind: 'Namespace', namespace: '', name }, { signal: call });
        return there === undefined ? undefined : said(there);
      } catch (error) {
        if (error instanceof PlumbError && error.code === 'kube.forbidden') return known;
        throw error;
      }
    },
    problemsOf: (namespace) => states.get(namespace)?.problems ?? [],
    async reconcile(namespace, call) {
      const state = states.get(namespace);
      if (state === undefined) return;
      if (state.namespace.state === 'on') await make(state, state.namespace.settings, call);
      else if (state.namespace.state === 'off') await unmake(state, namespace, call);
      else {
        // What it says wrong is known from itself, and is over as soon as it says something else.
        state.problems = [];
        warn(namespace, state.namespace.problems);
      }
    },
    shown({ kind, metadata }) {
      const { name, namespace = '', generation = 0 } = metadata;
      if (name !== madeName || !isMade({ metadata })) return;
      present.add(namespace);
      const state = states.get(namespace);
      if (state?.namespace.state === 'off') enqueue(namespace);
      const known = state?.generations.get(kind);
      if (state === undefined || known === undefined || generation <= known) return;
      state.made = undefined;
      enqueue(namespace);
    },
    gone(id) {
      const [namespace = '', name] = id.split('/');
      const state = states.get(namespace);
      if (state === undefined || name !== madeName) return;
      state.made = undefined;
      enqueue(namespace);
    },
    async start() {
      const forbidden = Promise.withResolvers<void>();
      const cache = watchCache<true>({
        client,
        resource: { group: '', kind: 'Namespace' },
        metadataOnly: true,
        ...(options.namespace === undefined ? {} : { fieldSelector: `metadata.name=${options.namespace}` }),
        project: () => true,
        onChange: (change) => {
          if (change.type === 'deleted') drop(change.key.name);
          else take(change.object);
        },
        onError(error) {
          log.warn({ kind: 'Namespace', problems: problemsOf(error) }, 'watch failed');
          // An installation with rights in some namespaces alone works on without.
          if (error.code === 'kube.forbidden') forbidden.resolve();
        },
        signal,
      });
      await Promise.race([cache.synced, forbidden.promise]);
    },
  };
}

function plumbErrorText(problems: readonly Problem[]): string {
  return problems.map(({ message }) => message).join('; ');
}

/** What is being deleted takes along what was made in it. */
function said(object: KubeObject): GitOpsNamespace {
  return object.metadata.deletionTimestamp === undefined ? readNamespace(object) : { state: 'off' };
}

/**
 * How Git maintains a namespace, by what was found of it; undefined where it does not.
 * @throws PlumbError `controller.gitops-unknown`, `controller.gitops-invalid`
 */
export function settingsIn(found: GitOpsNamespace | undefined, namespace: string): GitOpsSettings | undefined {
  if (found === undefined)
    throw plumbError('controller.gitops-unknown', `namespace ${namespace} is not looked after here`);
  if (found.state === 'on') return found.settings;
  if (found.state === 'off') return undefined;
  const [{ message, ...rest }] = found.problems;
  throw plumbError('controller.gitops-invalid', message, rest);
}

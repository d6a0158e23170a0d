import { actionPolicyName, provesNames } from '../../action-policy.ts';
import { type ErrorCode, problemsOf } from '../../errors.ts';
import { type KubeClient, watchCache } from '../../kube/index.ts';
import type { KubeObject } from '../../object.ts';
import type { Log } from '../log.ts';

const group = 'admissionregistration.k8s.io';
/** What the other watches of a start wait for as well. */
const passing: ReadonlySet<ErrorCode> = new Set([
  'kube.unreachable',
  'kube.unavailable',
  'kube.throttled',
  'kube.expired',
  'kube.unauthorized',
]);
const kinds = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'] as const;

/** Whether the API server lets nobody write a name that is not theirs. */
export interface AskingProof {
  /** Resolves when it is known, or cannot be. */
  readonly ready: Promise<unknown>;
  holdsIn(namespace: string): boolean;
}

/** What is needed to know it. */
export interface AskingProofOptions {
  readonly client: KubeClient;
  /** Name of the policy and of its binding; that of the installation where left out. */
  readonly actionPolicy?: string;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Watches the policy of the installation and what binds it. */
export function watchAskingProof({ client, actionPolicy, log, signal }: AskingProofOptions): AskingProof {
  const name = actionPolicy ?? actionPolicyName;
  const watches = kinds.map((kind) => {
    const { promise: failed, resolve: fail } = Promise.withResolvers<void>();
    let isTold = false;
    const cache = watchCache<KubeObject>({
      client,
      resource: { group, kind },
      fieldSelector: `metadata.name=${name}`,
      project: ({ metadata, ...object }) => ({ ...object, metadata: { name: metadata.name } }),
      onError(error) {
        // Who may not look, or has an API server without policies, is not going to soon: nothing waits for that.
        if (isTold || passing.has(error.code)) return;
        isTold = true;
        fail();
        log.info({ kind, problems: problemsOf(error) }, 'who asks cannot be proved, and is not told');
      },
      signal,
    });
    return { cache, settled: Promise.race([cache.synced, failed]) };
  });
  const [policies, bindings] = watches.map(
    ({ cache }) =>
      () =>
        cache.get({ name, namespace: '' }),
  );
  return {
    ready: Promise.allSettled(watches.map(({ settled }) => settled)),
    holdsIn: (namespace) => provesNames(policies?.(), bindings?.(), namespace),
  };
}

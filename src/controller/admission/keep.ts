import { names } from '../../names.ts';
import { PlumbError, problemsOf } from '../../errors.ts';
import { type KubeClient, watchCache } from '../../kube/index.ts';
import type { KubeObject } from '../../object.ts';
import { createWorkqueue } from '../../workqueue.ts';
import type { Log } from '../log.ts';
import { admissionGroup, admissionKinds, admissionName, servingName } from './names.ts';
import { refusingPolicy } from './policy.ts';
import { readServing } from './serving.ts';
import type { AdmissionOptions } from './types.ts';
import { committingWebhook, hostsOf } from './webhook-configuration.ts';

/** What is kept in the cluster, and for whom. */
export interface KeepAdmissionOptions {
  readonly client: KubeClient;
  /** The system namespace. */
  readonly namespace: string;
  /** Looks after this namespace alone; all where left out. */
  readonly watchNamespace?: string;
  /** What is wanted; where it is undefined, what an earlier process has left is taken away. */
  readonly admission: AdmissionOptions | undefined;
  readonly externalUrl?: string;
  readonly log: Log;
  readonly now: () => number;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

const fieldManager = 'plumbline-admission';
const labels = { [names.madeFor]: 'admission' };
const day = 24 * 60 * 60 * 1_000;
const key = 'keep';

/**
 * Keeps in the cluster what has the API server refuse, or hand to Plumbline, what people change in GitOps namespaces:
 * puts it right where somebody changes it, and renews the certificate. To be called by the process that leads.
 * @returns resolves when all work has ended, after the signal has aborted
 */
export function keepAdmission(options: KeepAdmissionOptions): Promise<void> {
  const { client, admission, log, signal } = options;
  const name = admissionName(options.namespace);
  const queue = createWorkqueue({
    workers: 1,
    firstRetryMilliseconds: 500,
    lastRetryMilliseconds: 60_000,
    random: options.random,
    signal,
    work: async (_key, call) => {
      if (admission === undefined) return removeAll(client, name, admissionKinds, call);
      const renewAt = await applyAll(options, admission, name, call);
      // A timer holds less than a month; a day is soon enough for what is renewed a month before it ends.
      queue.addAfter(key, Math.min(Math.max(renewAt - options.now(), 1_000), day));
    },
    onFailure: (_key, error, retry) =>
      log.error({ problems: problemsOf(error), retryMilliseconds: Math.round(retry) }, 'admission is not kept'),
  });
  queue.add(key);
  if (admission !== undefined) watchKept(options, name, () => queue.add(key));
  return queue.ended;
}

async function applyAll(
  options: KeepAdmissionOptions,
  { webhook: place }: AdmissionOptions,
  name: string,
  signal: AbortSignal,
): Promise<number> {
  const { client, watchNamespace: namespace, externalUrl } = options;
  const common = { name, labels, ownUser: await ownUserOf(client, signal), namespace };
  // Without a webhook nobody could make a commit of it: then it is refused.
  const modes = place === undefined ? ['refuse', 'commit'] : ['refuse'];
  await applyEach(client, refusingPolicy({ ...common, modes, externalUrl }), signal);
  if (place === undefined) {
    await removeAll(client, name, ['ValidatingWebhookConfiguration'], signal);
    return Number.POSITIVE_INFINITY;
  }
  const { serving, renewAt, write } = await readServing(options, hostsOf(place), options.now(), signal);
  const { authority, previous, path } = serving;
  const authorities = [authority.certificate, ...(previous === undefined ? [] : [previous])];
  // First the API server believes a new authority, then a server shows what it has signed.
  await applyEach(client, [committingWebhook({ ...common, place, path, authorities })], signal);
  await write(signal);
  return renewAt;
}

async function applyEach(client: KubeClient, objects: readonly KubeObject[], signal: AbortSignal): Promise<void> {
  for (const object of objects)
    await client.apply(object, { fieldManager, force: true, fieldValidation: 'Strict', signal });
}

/** Takes away what was made here, and nothing else of that name. */
async function removeAll(
  client: KubeClient,
  name: string,
  kinds: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (const kind of kinds) {
    const ref = { group: admissionGroup, kind, namespace: '', name };
    try {
      const there = await client.get(ref, { signal });
      if (there?.metadata.labels?.[names.madeFor] !== labels[names.madeFor]) continue;
      await client.delete(ref, { signal });
    } catch (error) {
      // An installation that may not even look has made nothing, and an old API server has no such kind.
      if (!(error instanceof PlumbError) || !passedOver.has(error.code)) throw error;
    }
  }
}

const passedOver: ReadonlySet<string> = new Set(['kube.forbidden', 'kube.no-such-kind', 'kube.not-found']);

/** The name by which the API server knows whoever sends this. */
async function ownUserOf(client: KubeClient, signal: AbortSignal): Promise<string> {
  const answer = await client.request({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    signal,
  });
  const { status } = answer.json() as { readonly status: { readonly userInfo: { readonly username: string } } };
  return status.userInfo.username;
}

/** Told whenever something that is kept is changed or taken away, also by ourselves: then there is nothing to do. */
function watchKept({ client, namespace, log, signal }: KeepAdmissionOptions, name: string, tell: () => void): void {
  const watched = [
    ...admissionKinds.map((kind) => ({ resource: { group: admissionGroup, kind }, name })),
    { resource: { group: '', kind: 'Secret' }, namespace, name: servingName },
  ];
  for (const { name: wanted, ...what } of watched) {
    watchCache<true>({
      client,
      ...what,
      fieldSelector: `metadata.name=${wanted}`,
      metadataOnly: true,
      project: () => true,
      onChange: tell,
      onError: (error) => log.warn({ kind: what.resource.kind, problems: problemsOf(error) }, 'watch failed'),
      signal,
    });
  }
}

import { PlumbError, plumbError } from '../errors.ts';
import type { KubeObject } from '../object.ts';
import { isFields } from './decode.ts';
import { createLeaseRecord, readLease, type LeaseRecord } from './lease-record.ts';
import { pause } from './retry.ts';
import type { CallOptions, KubeClient, ObjectRef } from './types.ts';

/** Which Lease, for whom, and for how long. */
export interface LeaseOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  /** Unique to this process, a restart included. */
  readonly identity: string;
  /** How long the others wait after the last renewal that they saw: 15 where left out. */
  readonly durationSeconds?: number;
  /** How often it is renewed, or looked at while another has it: 5 where left out. */
  readonly renewSeconds?: number;
  /** Ends the wait for the Lease. A Lease that is held is given back by `release`. */
  readonly signal?: AbortSignal;
  /** Told once when a held Lease is lost; not after `release`. */
  readonly onLost?: (error: PlumbError) => void;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  /** Wall clock, written down for people to read; no decision rests on it. */
  readonly wallClock?: () => Date;
  /** From 0 to 1. */
  readonly random?: () => number;
}

/** A Lease that is ours. */
export interface HeldLease {
  /** False from the moment when another may have it: ask before doing what only the holder may do. */
  isHeld(): boolean;
  /** Aborted when the Lease is lost or given back. */
  readonly signal: AbortSignal;
  /** Gives it back at once, so that the next one need not wait. */
  release(): Promise<void>;
}

interface Clock {
  readonly now: () => number;
  readonly wallClock: () => Date;
  readonly random: () => number;
}

interface Acquired {
  readonly lease: KubeObject;
  /** Local time before the request that made it ours: later than that, no other counts from earlier. */
  readonly since: number;
}

/**
 * Waits until the Lease is ours, then renews it.
 * Safe with clocks that differ: a Lease counts as abandoned when this process has seen no change of it for as
 * long as its holder promised, by this process's own clock; and the holder stops before that, counted from before
 * its last renewal was sent.
 */
export async function acquireLease(options: LeaseOptions): Promise<HeldLease> {
  const clock: Clock = {
    now: options.now ?? (() => performance.now()),
    wallClock: options.wallClock ?? (() => new Date()),
    random: options.random ?? Math.random,
  };
  const renewMilliseconds = (options.renewSeconds ?? 5) * 1_000;
  let observed: { readonly record: string; readonly at: number } | undefined;
  for (;;) {
    options.signal?.throwIfAborted();
    const since = clock.now();
    const lease = await options.client.get(refOf(options), callLimits(options, renewMilliseconds));
    const record = lease === undefined ? undefined : readLease(lease);
    if (record !== undefined && observed?.record !== record.text) observed = { record: record.text, at: clock.now() };
    if (record === undefined || isFree(record, options.identity, clock.now() - (observed?.at ?? 0))) {
      const taken = await take(options, clock, lease, record, renewMilliseconds);
      if (taken !== undefined) return hold(options, clock, { lease: taken, since });
    } else {
      await pause(renewMilliseconds * (0.9 + clock.random() * 0.2), options.signal);
    }
  }
}

function refOf(options: LeaseOptions): ObjectRef {
  const { namespace, name } = options;
  return { group: 'coordination.k8s.io', kind: 'Lease', apiVersion: 'coordination.k8s.io/v1', namespace, name };
}

function callLimits(options: LeaseOptions, milliseconds: number) {
  return {
    priority: 'urgent' as const,
    patience: milliseconds,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
}

function isFree(record: LeaseRecord, identity: string, unchangedFor: number): boolean {
  return record.holder === '' || record.holder === identity || unchangedFor >= record.durationSeconds * 1_000;
}

/** The Lease with our name in it, or undefined where somebody else was quicker. */
async function take(
  options: LeaseOptions,
  clock: Clock,
  lease: KubeObject | undefined,
  before: LeaseRecord | undefined,
  limit: number,
): Promise<KubeObject | undefined> {
  const record = createLeaseRecord(options, clock.wallClock(), before);
  try {
    return lease === undefined
      ? await options.client.create(record, callLimits(options, limit))
      : await options.client.update({ ...lease, spec: record['spec'] }, callLimits(options, limit));
  } catch (error) {
    // What became of a request that was cut off shows at the next look.
    const lost = ['kube.stale', 'kube.already-exists', 'kube.not-found', 'kube.unreachable'];
    if (error instanceof PlumbError && lost.includes(error.code)) return undefined;
    throw error;
  }
}

interface Holding {
  readonly options: LeaseOptions;
  readonly clock: Clock;
  /** Aborted when the Lease is not ours any more; the one truth about that. */
  readonly ending: AbortController;
  lease: KubeObject;
  since: number;
  readonly duration: number;
  readonly renewEvery: number;
}

function hold(options: LeaseOptions, clock: Clock, acquired: Acquired): HeldLease {
  const holding: Holding = {
    options,
    clock,
    ending: new AbortController(),
    ...acquired,
    duration: (options.durationSeconds ?? 15) * 1_000,
    renewEvery: (options.renewSeconds ?? 5) * 1_000,
  };
  const { signal } = holding.ending;
  // Ends with the signal, whose reason it throws.
  const renewing = keepRenewing(holding).catch(() => undefined);
  return {
    isHeld: () => !signal.aborted && clock.now() < deadlineOf(holding),
    signal,
    async release() {
      if (signal.aborted) return;
      holding.ending.abort(new DOMException('the Lease was given back', 'AbortError'));
      await renewing;
      await giveBack(holding);
    },
  };
}

// A third of the time is left for the work under way to end before another can begin.
function deadlineOf(holding: Holding): number {
  return holding.since + (holding.duration * 2) / 3;
}

function lose(holding: Holding, why: string): void {
  if (holding.ending.signal.aborted) return;
  const { namespace, name, onLost } = holding.options;
  const error = plumbError('kube.lease-lost', `Lease ${namespace}/${name}: ${why}`);
  holding.ending.abort(error);
  onLost?.(error);
}

async function keepRenewing(holding: Holding): Promise<never> {
  const { clock, ending, renewEvery } = holding;
  const left = (): number => Math.max(0, deadlineOf(holding) - clock.now());
  let wait = renewEvery;
  for (;;) {
    // A renewal that hangs must not keep us from knowing that the time is over.
    const limit = setTimeout(() => lose(holding, 'it could not be renewed in time'), left());
    try {
      await pause(Math.min(wait, left()), ending.signal);
      wait = (await renewOnce(holding)) ? renewEvery : Math.min(renewEvery / 5, 1_000);
    } finally {
      clearTimeout(limit);
    }
  }
}

/** False where it is to be tried again soon. */
async function renewOnce(holding: Holding): Promise<boolean> {
  const { options, clock } = holding;
  const begun = clock.now();
  const limits = { priority: 'urgent' as const, patience: 0, signal: holding.ending.signal };
  try {
    const record = createLeaseRecord(options, clock.wallClock(), readLease(holding.lease));
    holding.lease = await options.client.update({ ...holding.lease, spec: record['spec'] }, limits);
    holding.since = begun;
    return true;
  } catch (error) {
    if (!(error instanceof PlumbError)) throw error;
    if (error.code === 'kube.not-found') lose(holding, 'it was deleted');
    if (error.code === 'kube.stale') await lookAgain(holding, limits).catch(() => undefined);
    return false;
  }
}

/** Somebody else wrote the Lease, or our own renewal was carried out though its answer was lost. */
async function lookAgain(holding: Holding, limits: CallOptions): Promise<void> {
  const found = await holding.options.client.get(refOf(holding.options), limits);
  if (found === undefined) return lose(holding, 'it was deleted');
  const { holder } = readLease(found);
  if (holder !== holding.options.identity) return lose(holding, `${holder === '' ? 'nobody' : holder} has it now`);
  holding.lease = found;
}

async function giveBack(holding: Holding): Promise<void> {
  const { lease, options, renewEvery } = holding;
  const spec = {
    ...(isFields(lease['spec']) ? lease['spec'] : {}),
    holderIdentity: undefined,
    leaseDurationSeconds: 1,
  };
  await options.client
    .update({ ...lease, spec }, { priority: 'urgent', patience: renewEvery })
    // The others wait a little longer then.
    .catch(() => undefined);
}

import type { KubeObject } from '../object.ts';
import { isFields } from './decode.ts';

/** What a Lease says. */
export interface LeaseRecord {
  /** Empty where nobody has it. */
  readonly holder: string;
  readonly durationSeconds: number;
  readonly transitions: number;
  readonly acquireTime: string | undefined;
  /** Everything that a renewal changes, to be compared as a whole. */
  readonly text: string;
}

/** Reads a Lease of coordination.k8s.io/v1. */
export function readLease(lease: KubeObject): LeaseRecord {
  const spec = isFields(lease['spec']) ? lease['spec'] : {};
  const { holderIdentity, leaseDurationSeconds, leaseTransitions, acquireTime } = spec;
  return {
    holder: typeof holderIdentity === 'string' ? holderIdentity : '',
    durationSeconds: typeof leaseDurationSeconds === 'number' ? leaseDurationSeconds : 0,
    transitions: typeof leaseTransitions === 'number' ? leaseTransitions : 0,
    acquireTime: typeof acquireTime === 'string' ? acquireTime : undefined,
    text: JSON.stringify([holderIdentity, leaseDurationSeconds, leaseTransitions, acquireTime, spec['renewTime']]),
  };
}

/** What is written down about a holder. */
export interface LeaseHolder {
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly durationSeconds?: number;
}

/** The Lease as its holder writes it; `before` is what it said until now. */
export function createLeaseRecord(holder: LeaseHolder, time: Date, before: LeaseRecord | undefined): KubeObject {
  const renewTime = microTime(time);
  const renewal = before?.holder === holder.identity;
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace: holder.namespace, name: holder.name },
    spec: {
      holderIdentity: holder.identity,
      leaseDurationSeconds: holder.durationSeconds ?? 15,
      acquireTime: (renewal ? before.acquireTime : undefined) ?? renewTime,
      renewTime,
      leaseTransitions: before === undefined ? 0 : before.transitions + (renewal ? 0 : 1),
    },
  };
}

/** Go's MicroTime wants six digits. */
function microTime(time: Date): string {
  return time.toISOString().replace(/\.(\d{3})Z$/, '.$1000Z');
}

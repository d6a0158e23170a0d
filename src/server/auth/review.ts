import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { plumbError } from '../../errors.ts';
import type { KubeClient } from '../../kube/index.ts';

/** Milliseconds for one question to the API server; whoever waits longer is told that it cannot be asked. */
export const defaultPatience = 5_000;

/** A question to the API server that is an object with a spec, and its answer the status. */
export interface Review<Status extends TSchema> {
  readonly kind: 'TokenReview' | 'SubjectAccessReview';
  readonly spec: object;
  readonly status: Status;
  /** Milliseconds for the answer. */
  readonly patience: number;
}

const places = {
  TokenReview: { group: 'authentication.k8s.io', plural: 'tokenreviews' },
  SubjectAccessReview: { group: 'authorization.k8s.io', plural: 'subjectaccessreviews' },
} as const;

/**
 * Asks with Plumbline's own rights.
 * @throws PlumbError `auth.unavailable` whatever goes wrong; never with what was sent, which may hold a token
 */
export async function review<Status extends TSchema>(
  client: KubeClient,
  { kind, spec, status, patience }: Review<Status>,
): Promise<Static<Status>> {
  const { group, plural } = places[kind];
  try {
    const answer = await client.request({
      method: 'POST',
      path: `/apis/${group}/v1/${plural}`,
      body: { apiVersion: `${group}/v1`, kind, spec },
      // Nothing is stored.
      idempotent: true,
      patience,
      verb: 'review',
      signal: AbortSignal.timeout(patience),
    });
    const { status: said } = answer.json() as { readonly status?: unknown };
    if (Value.Check(status, said)) return said;
  } catch (error) {
    throw plumbError('auth.unavailable', `the API server could not be asked for a ${kind}`, { cause: error });
  }
  throw plumbError('auth.unavailable', `the API server answers a ${kind} with something else`);
}

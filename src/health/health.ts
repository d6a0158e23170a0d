import type { KubeObject } from '../object.ts';

/** How well an object does, in the field's words. */
export type HealthStatus = 'Healthy' | 'Progressing' | 'Degraded' | 'Suspended' | 'Missing' | 'Unknown';

/** The health of one object, or of many taken together. */
export interface Health {
  readonly status: HealthStatus;
  /** Why: one sentence for a person, empty where there is nothing to add. */
  readonly message: string;
}

/** Tells the health of an object from nothing but the object itself. */
export type HealthCheck = (object: KubeObject) => Health;

/** It does what it is meant to do. */
export function healthy(message = ''): Health {
  return { status: 'Healthy', message };
}

/** It is on its way and nothing is wrong yet. */
export function progressing(message: string): Health {
  return { status: 'Progressing', message };
}

/** It will not get well without somebody's help, or says so itself. */
export function degraded(message: string): Health {
  return { status: 'Degraded', message };
}

/** It is held on purpose. */
export function suspended(message: string): Health {
  return { status: 'Suspended', message };
}

/** Nothing can be said. */
export function unknown(message: string): Health {
  return { status: 'Unknown', message };
}

/** An object that should be there and is not. */
export const missing: Health = { status: 'Missing', message: 'it does not exist' };

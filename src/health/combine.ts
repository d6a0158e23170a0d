import type { Health, HealthStatus } from './health.ts';

/** From well to worst: the health of many is that of the worst among them. */
const order: readonly HealthStatus[] = ['Healthy', 'Suspended', 'Progressing', 'Missing', 'Degraded', 'Unknown'];

/** What is not well with the reason that is known besides; one that says so already stays as it is. */
export function withReason(health: Health, reason: string | undefined): Health {
  if (reason === undefined || health.message.includes(reason)) return health;
  return { status: health.status, message: health.message === '' ? reason : `${health.message}; ${reason}` };
}

/** The health of one object, with a name to speak of it. */
export interface NamedHealth {
  /** `formatKey` of the object. */
  readonly id: string;
  readonly health: Health;
}

/** Whether the first is worse than the second. */
export function isWorse(one: HealthStatus, other: HealthStatus): boolean {
  return order.indexOf(one) > order.indexOf(other);
}

/**
 * The health of many objects together: the worst of theirs, with the first object that has it, by name,
 * as the reason. Nothing at all is healthy.
 */
export function combineHealth(objects: Iterable<NamedHealth>): Health {
  let worst: NamedHealth | undefined;
  let same = 0;
  for (const object of objects) {
    if (worst === undefined || isWorse(object.health.status, worst.health.status)) {
      worst = object;
      same = 1;
    } else if (object.health.status === worst.health.status) {
      same += 1;
      if (object.id < worst.id) worst = object;
    }
  }
  if (worst === undefined || worst.health.status === 'Healthy') return { status: 'Healthy', message: '' };
  const others = same > 1 ? ` (and ${same - 1} more)` : '';
  return { status: worst.health.status, message: `${worst.id}: ${worst.health.message}${others}` };
}

import type { ApiProxy, SeenCall } from './api-proxy.ts';

/** A point of a life: the request at which it ends, which the server never hears, or whose answer nobody does. */
export interface KillPoint {
  readonly isMeant: (call: SeenCall) => boolean;
  /** Which of those that are meant, from 1. */
  readonly number: number;
  readonly isHeard: boolean;
}

/** Whether a call changes something, other than who leads and what is told of it. */
export function isWrite({ method, url }: SeenCall): boolean {
  return method !== 'GET' && !/\/(leases|events)(\/|\?|$)/.test(url);
}

/** Calls after which an answer is not waited for any more: whoever asked may have given it up. */
const callsLater = 20;

/** Kills whoever calls the API server through the proxy at this point, and answers nobody any more. */
export function killAt(proxy: ApiProxy, { isMeant, number, isHeard }: KillPoint, victim: { kill(): void }): void {
  let left = number;
  let last: SeenCall | undefined;
  let later = 0;
  let isDead = false;
  const end = (): void => {
    isDead = true;
    victim.kill();
  };
  proxy.hold((call) => {
    if (call === last && !isDead) end();
    return isDead;
  });
  proxy.answer((call) => {
    if (last !== undefined && !isDead && (later += 1) > callsLater) end();
    if (isDead) return { status: 503 };
    if (last !== undefined || !isMeant(call) || (left -= 1) > 0) return undefined;
    last = call;
    if (isHeard) return undefined;
    end();
    return { status: 503 };
  });
}

/** Lets everything through to whoever lives next. */
export function spare(proxy: ApiProxy): void {
  proxy.release();
  proxy.answer(() => undefined);
}

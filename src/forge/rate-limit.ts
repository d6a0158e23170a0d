import type { WireAnswer } from './connections.ts';

/** What an answer says about how often the forge wants to be called. */
export interface RateLimit {
  /** True where the request was not carried out because there were too many. */
  readonly refused: boolean;
  /** Milliseconds until the next request may be sent; undefined where the forge does not tell. */
  readonly wait: number | undefined;
}

// GitHub tells of a secondary limit in words alone, and long ago called it abuse.
const refusalWords = /rate limit|abuse detection|too many requests/i;

/**
 * Reads the limits of every forge: `Retry-After`, GitHub's and Azure DevOps' `X-RateLimit-*`, GitLab's `RateLimit-*`.
 * @param now milliseconds since 1970, where the answer has no time of its own
 */
export function rateLimitOf({ status, headers, body }: WireAnswer, now: number): RateLimit {
  const remaining = headers.get('x-ratelimit-remaining') ?? headers.get('ratelimit-remaining');
  const isExhausted = remaining !== undefined && Number(remaining) <= 0;
  const asked = retryAfter(headers.get('retry-after'), now);
  const isRefusal =
    status === 429 ||
    (status === 403 &&
      (isExhausted || asked !== undefined || refusalWords.test(body.subarray(0, 4096).toString('utf8'))));
  const reset = isExhausted
    ? untilReset(headers.get('x-ratelimit-reset') ?? headers.get('ratelimit-reset'), headers.get('date'), now)
    : undefined;
  return { refused: isRefusal, wait: asked ?? reset };
}

/** Milliseconds that `Retry-After` asks for: seconds or a date. */
function retryAfter(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d{1,9}(?:\.\d+)?$/.test(text)) return Number(text) * 1000;
  const date = text === '' ? Number.NaN : Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** The forge's own clock decides: reset is told in its time. */
function untilReset(reset: string | undefined, date: string | undefined, now: number): number | undefined {
  if (reset === undefined || !/^\d{1,12}(?:\.\d+)?$/.test(reset.trim())) return undefined;
  const own = Date.parse(date ?? '');
  return Math.max(0, Number(reset) * 1000 - (Number.isNaN(own) ? now : own));
}

import { PlumbError } from '../../errors.ts';
import { createRateLimit, type Rate } from '../rate-limit.ts';

/** How often somebody may fail. */
export interface GuardLimits {
  readonly perSource: Rate;
  /** Of all sources together against one account. */
  readonly perAccount: Rate;
  /** Of all sources against all accounts. */
  readonly overall: Rate;
}

/** What is taken where nothing else is said. */
export const defaultGuardLimits: GuardLimits = {
  perSource: { burst: 30, perSecond: 0.2 },
  perAccount: { burst: 10, perSecond: 0.1 },
  overall: { burst: 600, perSecond: 20 },
};

/** Slows down whoever guesses. What is known to be good is not asked about here, so that it goes on. */
export interface Guard {
  /** @throws PlumbError `server.rate-limited`, with `retryAfter` */
  admit(source: string, account?: string): void;
  /** Counts a failure, of an account where one was named. */
  failed(source: string, account?: string): void;
  /** Counts what an account may do so often, too. */
  count(account: string): void;
}

/** The error of a guard: seconds after which it is worth another try. */
export class TooManyError extends PlumbError {
  readonly retryAfter: number;

  constructor(milliseconds: number) {
    super([{ code: 'server.rate-limited', message: 'too many failed sign-ins' }]);
    this.retryAfter = Math.ceil(milliseconds / 1000);
  }
}

/** Remembers so many sources and accounts; the one that was silent longest is forgotten first. */
const remembered = 10_000;

/** Counts what failed. */
export function createGuard(now: () => number, limits: Partial<GuardLimits> = {}): Guard {
  const { perSource, perAccount, overall } = { ...defaultGuardLimits, ...limits };
  const bySource = createRateLimit({ perSource, overall, sources: remembered, now });
  const byAccount = createRateLimit({ perSource: perAccount, overall, sources: remembered, now });
  return {
    admit(source, account) {
      const wait = Math.max(bySource.look(source), account === undefined ? 0 : byAccount.look(account));
      if (wait > 0) throw new TooManyError(wait);
    },
    failed(source, account) {
      bySource.take(source);
      if (account !== undefined) byAccount.take(account);
    },
    count: (account) => void byAccount.take(account),
  };
}

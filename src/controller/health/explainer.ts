import { LRUCache } from 'lru-cache';
import type { KubeClient } from '../../kube/index.ts';
import { explainObject, type Member } from '../../sync/index.ts';

/** How long something may be on its way before it is asked why. */
const patienceMilliseconds = 30_000;
/** How long an answer counts, and how long where the object has something new to say. */
const answerMilliseconds = 600_000;
const newsMilliseconds = 60_000;
const lookupMilliseconds = 10_000;

/** Finds out why objects are not well, from what they have made. */
export interface Explainer {
  /**
   * What is known of why a member is not well. Where nothing is, it is found out on the side, and `onFound` is told: at once for
   * one that is Degraded, after a while for one that is Progressing, and for one object once a minute at most.
   */
  reasonOf(application: string, member: Member): string | undefined;
}

/** What an explainer works with. */
export interface ExplainerOptions {
  readonly client: Pick<KubeClient, 'get' | 'list'>;
  readonly now: () => number;
  /** Told of the Application whose member has a new reason. */
  readonly onFound: (application: string) => void;
  /** Asks for another look at an Application after some milliseconds. */
  readonly lookAgain: (application: string, milliseconds: number) => void;
  readonly onError: (member: Member, error: unknown) => void;
  readonly signal: AbortSignal;
}

interface Known {
  readonly since: number;
  /** The health that it was asked for, and what came of it. */
  readonly asked?: { readonly at: number; readonly message: string };
  readonly reason?: string;
}

/** Milliseconds until it is to be found out why, nought or less for now. */
function waitFor({ since, asked }: Known, { health }: Member, now: number): number {
  if (asked === undefined) return health.status === 'Degraded' ? 0 : since + patienceMilliseconds - now;
  return asked.at + (asked.message === health.message ? answerMilliseconds : newsMilliseconds) - now;
}

/** An explainer that knows nothing yet. It asks for one object after the other. */
export function createExplainer(options: ExplainerOptions): Explainer {
  const known = new LRUCache<string, Known>({ max: 2000 });
  let asking: Promise<void> = Promise.resolve();

  const ask = async (application: string, member: Member): Promise<void> => {
    const { key, uid } = member;
    const signal = AbortSignal.any([options.signal, AbortSignal.timeout(lookupMilliseconds)]);
    const object = await options.client.get(key, { signal });
    if (object === undefined || object.metadata.uid !== uid) return;
    const reason = await explainObject(options.client, object, signal);
    const before = known.peek(uid);
    if (before === undefined || before.reason === reason) return;
    const { reason: _, ...rest } = before;
    known.set(uid, reason === undefined ? rest : { ...rest, reason });
    options.onFound(application);
  };

  return {
    reasonOf(application, member) {
      const { uid, health } = member;
      if (health.status !== 'Degraded' && health.status !== 'Progressing') {
        known.delete(uid);
        return undefined;
      }
      const now = options.now();
      const found: Known = known.get(uid) ?? { since: now };
      const wait = waitFor(found, member, now);
      if (wait <= 0) {
        known.set(uid, { ...found, asked: { at: now, message: health.message } });
        asking = asking.then(() => ask(application, member)).catch((error: unknown) => options.onError(member, error));
      } else {
        known.set(uid, found);
        if (found.asked?.message !== health.message) options.lookAgain(application, wait);
      }
      return found.reason;
    },
  };
}

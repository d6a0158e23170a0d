import { addAbortListener } from 'node:events';
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Forge } from '../forge/index.ts';
import type { CommitId, Mirror, SigningKey } from '../git/index.ts';
import type { BranchWriter, Edit, WriteOptions, Written } from './edit.ts';
import { createKnownOperations } from './known-operations.ts';
import { oneAfterAnother } from './one-after-another.ts';
import { checkOperation } from './operation-trailer.ts';
import { createProposer } from './propose.ts';
import { fetchTip } from './read-tip.ts';
import { type Waiting, writeTogether } from './write-together.ts';

/** How a writer is made. There is to be one for each repository and branch: it is what lets many write as one. */
export interface BranchWriterOptions {
  /** Stays its owner's, who closes it after the writer has ended. */
  readonly mirror: Mirror;
  /** Short name of the branch. Made with the first commit in a repository that has none. */
  readonly branch: string;
  /** `commit`: pushes to the branch. `pullRequest`: pushes a branch for each operation, and proposes it. */
  readonly how: { readonly mode: 'commit' } | { readonly mode: 'pullRequest'; readonly forge: Forge };
  /** Signs the commits. */
  readonly signingKey?: SigningKey;
  /** Ends the writer: whoever waits is told so, or that the outcome is not known. */
  readonly signal: AbortSignal;
  /** Between 0 and 1, as `Math.random`: spreads out those who lost the same race. */
  readonly random?: () => number;
}

/** So many commits are pushed at once at most: what a hook has to look through is bounded. */
const mostInStack = 100;

/** Opens the writer of a branch. Nothing is asked of the server before the first edit. */
export function createBranchWriter(options: BranchWriterOptions): BranchWriter {
  const { mirror, branch, how, signal } = options;
  const operations = createKnownOperations(mirror);
  const proposer =
    how.mode === 'pullRequest' ? createProposer({ ...options, forge: how.forge, operations }) : undefined;
  const queue: Waiting[] = [];
  /** Who asks for the same operation while it is under way shares it. */
  const underWay = new Map<string, Promise<Written>>();
  const left: { tip: CommitId | undefined } = { tip: undefined };
  let isRunning = false;

  const run = async (): Promise<void> => {
    if (isRunning) return;
    isRunning = true;
    // Those who ask in the same moment go together from the beginning.
    await setImmediate();
    try {
      while (queue.length > 0) {
        await oneAfterAnother(`${mirror.url} ${branch}`, () =>
          writeTogether({
            ...options,
            operations,
            left,
            waiting: queue.splice(0, mostInStack),
            more: (room) => queue.splice(0, Math.max(0, Math.min(room, mostInStack))),
          }),
        );
      }
    } finally {
      isRunning = false;
    }
  };

  const enqueue = (edit: Edit, operation: string, own: AbortSignal): Promise<Written> =>
    new Promise((resolve, reject) => {
      const settle = (): void => {
        abortion[Symbol.dispose]();
        item.isDone = true;
      };
      const item: Waiting = {
        edit,
        operation,
        signal: own,
        isPushing: false,
        isDone: false,
        races: 0,
        losses: [],
        resolve: (written) => {
          settle();
          resolve(written);
        },
        reject: (error) => {
          settle();
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      };
      const leave = (): void => {
        // What is being pushed cannot be taken back: its outcome is told.
        if (item.isPushing || item.losses.length > 0) return;
        const index = queue.indexOf(item);
        if (index >= 0) queue.splice(index, 1);
        item.reject(own.reason);
      };
      const abortion = addAbortListener(own, leave);
      queue.push(item);
      void run();
    });

  const begin = async (edit: Edit, operation: string, own: AbortSignal): Promise<Written> => {
    signal.throwIfAborted();
    own.throwIfAborted();
    return proposer === undefined ? enqueue(edit, operation, own) : proposer.propose(edit, operation, own);
  };

  return {
    write(edit: Edit, { signal: own, operation = randomUUID() }: WriteOptions) {
      const sharing = underWay.get(operation);
      if (sharing !== undefined) return sharing;
      const written = Promise.resolve()
        .then(() => checkOperation(operation))
        .then(() => begin(edit, operation, own))
        .finally(() => underWay.delete(operation));
      underWay.set(operation, written);
      return written;
    },
    async findOperation(operation, { signal: caller }) {
      checkOperation(operation);
      const both = AbortSignal.any([signal, caller]);
      const tip = await fetchTip(mirror, branch, both);
      await operations.follow(tip, both);
      const commit = operations.find(operation);
      if (commit !== undefined) return { commit, changed: true };
      return proposer?.find(operation, both);
    },
  };
}

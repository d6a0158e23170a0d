import { randomUUID } from 'node:crypto';
import type { Forge } from '../forge/index.ts';
import type { Mirror, SigningKey } from '../git/index.ts';
import { lineOf } from './branch-line.ts';
import type { BranchWriter, Edit, WriteOptions, Written } from './edit.ts';
import { checkOperation } from './operation-trailer.ts';
import { createProposer } from './propose.ts';
import { fetchTip } from './read-tip.ts';

/** How a writer is made. */
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

/**
 * Opens a writer of a branch. Those of one mirror share the line in which edits wait, and the memory of what was done.
 * Nothing is asked of the server before the first edit.
 */
export function createBranchWriter(options: BranchWriterOptions): BranchWriter {
  const { mirror, branch, signal } = options;
  const { mode } = options.how;
  const line = lineOf(mirror, branch);
  const proposer =
    options.how.mode === 'pullRequest'
      ? createProposer({ ...options, forge: options.how.forge, operations: line.operations })
      : undefined;

  const begin = async (edit: Edit, operation: string, { signal: own, onto }: WriteOptions): Promise<Written> => {
    checkOperation(operation);
    signal.throwIfAborted();
    own.throwIfAborted();
    return proposer === undefined
      ? line.write(edit, operation, own, options)
      : proposer.propose(edit, operation, own, onto);
  };

  return {
    write(edit: Edit, how: WriteOptions) {
      const { operation = randomUUID() } = how;
      const id = `${mode} ${operation}`;
      const sharing = line.underWay.get(id);
      if (sharing !== undefined) return sharing;
      const written = begin(edit, operation, how).finally(() => line.underWay.delete(id));
      line.underWay.set(id, written);
      return written;
    },
    async findOperation(operation, { signal: caller, on }) {
      checkOperation(operation);
      const both = AbortSignal.any([signal, caller]);
      const tip = await fetchTip(mirror, branch, both);
      await line.operations.follow(mirror, tip, both);
      const commit = await line.operations.find(mirror, operation, tip);
      if (commit !== undefined) return { commit, changed: true };
      return proposer?.find(operation, both, on);
    },
  };
}

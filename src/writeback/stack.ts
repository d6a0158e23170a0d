import { addAbortListener } from 'node:events';
import { plumbError, problemsOf, type ErrorCode } from '../errors.ts';
import type { CommitId, Mirror, SigningKey, Signature } from '../git/index.ts';
import type { Edit, Edited, Tip } from './edit.ts';
import { withOperation } from './operation-trailer.ts';
import { tipAt } from './read-tip.ts';

/** An edit that is to become a commit of a stack. */
export interface StackItem {
  readonly edit: Edit;
  readonly operation: string;
  /** Signs its commit. */
  readonly signingKey?: SigningKey;
  /** Aborted where nobody wants it any more. */
  readonly signal: AbortSignal;
}

/** What an edit came to upon a tip. */
export type ItemEnd =
  | { readonly kind: 'commit'; readonly commit: CommitId }
  | { readonly kind: 'nothing'; readonly commit: CommitId }
  | { readonly kind: 'refused'; readonly error: unknown }
  | { readonly kind: 'left' };

/** Commits upon a tip, none of which is pushed. */
export interface Stack<Item extends StackItem> {
  readonly base: CommitId | undefined;
  readonly top: CommitId | undefined;
  /** `isSettled`: it was told of the base itself, and holds whatever becomes of the stack. */
  readonly ends: readonly { readonly item: Item; readonly end: ItemEnd; readonly isSettled: boolean }[];
}

/** What commits are made with. */
export interface Committing {
  readonly mirror: Mirror;
  /** Ends the work on all of them. */
  readonly signal: AbortSignal;
}

/** Errors of a mirror that was replaced while it was worked in. */
export const ofTheMirror: ReadonlySet<ErrorCode> = new Set(['git.ref-not-found', 'git.damaged']);

/** A committer's clock that is behind its parent's is set right by so much at most, in milliseconds. */
const longestSkew = 3_600_000;

/** Makes a commit of each edit, one upon the other. An edit that refuses is left out, and the others are made. */
export async function buildStack<Item extends StackItem>(
  committing: Committing,
  base: CommitId | undefined,
  items: readonly Item[],
): Promise<Stack<Item>> {
  const ends: { item: Item; end: ItemEnd; isSettled: boolean }[] = [];
  let tip = await tipAt(committing.mirror, base);
  const parent = base === undefined ? undefined : await committing.mirror.resolve({ commit: base });
  const clock = { newest: parent?.committedAt.getTime() ?? 0 };
  for (const item of items) {
    const end = await commitItem(committing, tip, item, clock);
    ends.push({ item, end, isSettled: tip.commit === base && end.kind !== 'commit' });
    if (end.kind === 'commit') tip = await tipAt(committing.mirror, end.commit);
  }
  return { base, top: tip.commit, ends };
}

async function commitItem(
  { mirror, signal }: Committing,
  tip: Tip,
  { edit, operation, signingKey, signal: own }: StackItem,
  clock: { newest: number },
): Promise<ItemEnd> {
  signal.throwIfAborted();
  if (own.aborted) return { kind: 'left' };
  const both = AbortSignal.any([signal, own]);
  const failed = (error: unknown): ItemEnd => {
    signal.throwIfAborted();
    return own.aborted ? { kind: 'left' } : { kind: 'refused', error };
  };
  let edited: Edited | undefined;
  try {
    edited = await inTime(edit, tip, both);
  } catch (error) {
    return failed(error);
  }
  if (edited === undefined || edited.changes.length === 0) return nothing(tip);
  const committer = committerAfter(clock.newest, edited.author);
  const message = withOperation(edited.message, operation);
  const { changes, author } = edited;
  try {
    const made = await mirror.commit(
      { parent: tip.commit, changes, message, author, committer },
      { signal: both, ...(signingKey === undefined ? {} : { signingKey }) },
    );
    if (!made.changed) return nothing(tip);
    clock.newest = committer.at.getTime();
    return { kind: 'commit', commit: made.commit };
  } catch (error) {
    // Not this edit's fault: the mirror was replaced, and the whole stack is made again.
    if (ofTheMirror.has(problemsOf(error)[0].code)) throw error;
    return failed(error);
  }
}

function nothing({ commit }: Tip): ItemEnd {
  if (commit !== undefined) return { kind: 'nothing', commit };
  const error = plumbError('git.ref-not-found', 'the repository has no commit yet, and the change makes none');
  return { kind: 'refused', error };
}

/** The longest that an edit may think, in milliseconds: the others wait for it. */
const editMilliseconds = 60_000;

/** Waits for an edit, also for one that does not listen to its signal. */
async function inTime(edit: Edit, tip: Tip, signal: AbortSignal): Promise<Edited | undefined> {
  const controller = new AbortController();
  const late = setTimeout(() => {
    controller.abort(plumbError('timeout', `the change took longer than ${editMilliseconds / 1000} s to make`));
  }, editMilliseconds);
  const either = AbortSignal.any([signal, controller.signal]);
  const { promise, reject } = Promise.withResolvers<never>();
  using _ = addAbortListener(either, () => reject(either.reason as Error));
  try {
    return await Promise.race([edit(tip, either), promise]);
  } finally {
    clearTimeout(late);
  }
}

/** Git's own tools stop looking where a commit seems older than its parent: clocks differ, and ours gives way a little. */
function committerAfter(newest: number, author: Signature): Signature {
  const ahead = newest - author.at.getTime();
  return ahead > 0 && ahead <= longestSkew ? { ...author, at: new Date(newest) } : author;
}

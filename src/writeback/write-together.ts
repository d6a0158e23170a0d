import { setTimeout as delay } from 'node:timers/promises';
import { problemsOf, type ErrorCode } from '../errors.ts';
import type { CommitId, Mirror } from '../git/index.ts';
import type { Written } from './edit.ts';
import type { KnownOperations } from './known-operations.ts';
import { contended, fetchTip } from './read-tip.ts';
import { buildStack, ofTheMirror, type ItemEnd, type Stack, type StackItem } from './stack.ts';

/** An edit that somebody waits for. */
export interface Waiting extends StackItem {
  readonly resolve: (written: Written) => void;
  readonly reject: (error: unknown) => void;
  /** Its caller was told. */
  isDone: boolean;
  /** From now on its outcome is waited for. */
  isPushing: boolean;
  /** How often somebody else was quicker. */
  races: number;
  /** The errors of pushes of which it is not known what became of them. */
  readonly losses: unknown[];
}

/** What edits are written with. */
export interface Together {
  readonly mirror: Mirror;
  readonly branch: string;
  readonly signal: AbortSignal;
  readonly random?: () => number;
  readonly operations: KnownOperations;
  readonly waiting: readonly Waiting[];
  /** Where the writer itself left the branch. */
  readonly left: { tip: CommitId | undefined };
  /** Takes so many more of those who wait, to go along. */
  readonly more: (room: number) => readonly Waiting[];
}

const mostRaces = 40;
const mostLosses = 3;
const mostTogether = 100;
const firstPause = 20;
const longestPause = 2000;

/** Errors that another commit may not meet. */
const ofOneCommit: ReadonlySet<ErrorCode> = new Set(['git.push-refused', 'git.server-full']);
/**
 * Writes edits as a stack of commits with one fetch and one push, again and again upon a newer tip where somebody else
 * was quicker. Of a stack that the server refuses a half is tried, and so on down to the commit that it objects to.
 * Everybody is told what became of their own. Never throws.
 */
export async function writeTogether(together: Together): Promise<void> {
  const { mirror, branch, signal, operations, random = Math.random } = together;
  let pending = [...together.waiting];
  /** So many of the first are known to hold one that the server refuses. */
  let suspects = 0;
  /** Commits that were refused alone, with none that was taken between them. */
  let refusedInARow = 0;
  let pause = firstPause;
  let replaced = 0;
  const wait = async (): Promise<void> => {
    await delay(random() * pause, undefined, { signal });
    pause = Math.min(pause * 2, longestPause);
  };
  while (pending.length > 0) {
    try {
      signal.throwIfAborted();
      // Where nobody else has pushed, the branch is where it was left; the push finds out whether that is so.
      const guess = together.left.tip;
      together.left.tip = undefined;
      const base = guess ?? (await fetchTip(mirror, branch, signal));
      pending.push(...together.more(mostTogether - pending.length));
      await operations.follow(mirror, base, signal);
      for (const item of pending) settleEarly(item, await operations.find(mirror, item.operation, base));
      pending = pending.filter(({ isDone }) => !isDone);
      const stack = await buildStack(
        together,
        base,
        pending.slice(0, suspects === 0 ? mostTogether : Math.ceil(suspects / 2)),
      );
      // What is told without a push has to be told of the branch as it is.
      const isTold = stack.ends.some(({ isSettled }) => isSettled);
      if (guess !== undefined && isTold && (await fetchTip(mirror, branch, signal)) !== guess) continue;
      settleOthers(stack);
      const outcome = await pushStack(together, stack);
      if (outcome.kind === 'pushed') {
        settlePushed(stack, operations);
        together.left.tip = stack.top;
        suspects = Math.max(0, suspects - committed(stack).length);
        refusedInARow = 0;
        pause = firstPause;
      } else if (outcome.kind === 'refused') {
        const [first, ...others] = committed(stack);
        if (others.length > 0) suspects = others.length + 1;
        else {
          first?.item.reject(outcome.error);
          refusedInARow += 1;
          // A server that takes nothing at all is not asked for each half.
          suspects = refusedInARow > 1 ? 1 : 0;
        }
      } else if (outcome.kind === 'again') {
        for (const { item } of committed(stack)) noteFailure(item, branch, outcome.loss);
        await wait();
      }
    } catch (error) {
      replaced += 1;
      const isPassing = ofTheMirror.has(problemsOf(error)[0].code) && replaced < mostLosses;
      if (!isPassing) for (const item of pending) if (!item.isDone) item.reject(item.losses[0] ?? error);
    }
    pending = pending.filter(({ isDone }) => !isDone);
  }
}

/** Settles what was written already, and what nobody wants any more. */
function settleEarly(item: Waiting, commit: CommitId | undefined): void {
  if (commit !== undefined) item.resolve({ commit, changed: true });
  else if (item.signal.aborted && item.losses.length === 0) item.reject(item.signal.reason);
}

/** What became of a stack. `rebuild`: somebody has left it before it was pushed. */
type StackEnd =
  | { readonly kind: 'pushed' }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'rebuild' }
  | { readonly kind: 'refused'; readonly error: unknown }
  | { readonly kind: 'again'; readonly loss: unknown };

async function pushStack({ mirror, branch, signal }: Together, stack: Stack<Waiting>): Promise<StackEnd> {
  const commits = committed(stack);
  if (commits.length === 0 || stack.top === undefined) return { kind: 'nothing' };
  if (commits.some(({ item }) => item.isDone)) return { kind: 'rebuild' };
  for (const { item } of commits) item.isPushing = true;
  try {
    const { state } = await mirror.push({ branch, expected: stack.base, commit: stack.top }, { signal });
    return state === 'pushed' ? { kind: 'pushed' } : { kind: 'again', loss: undefined };
  } catch (error) {
    const [{ code }] = problemsOf(error);
    if (code === 'git.push-unknown') return { kind: 'again', loss: error };
    if (ofOneCommit.has(code)) return { kind: 'refused', error };
    throw error;
  } finally {
    for (const { item } of commits) item.isPushing = false;
  }
}

function committed(stack: Stack<Waiting>): readonly { readonly item: Waiting; readonly commit: CommitId }[] {
  return stack.ends.flatMap(({ item, end }) => (end.kind === 'commit' ? [{ item, commit: end.commit }] : []));
}

/** Tells those to whom the tip alone has said what they are to know. */
function settleOthers({ ends }: Stack<Waiting>): void {
  for (const { item, end, isSettled } of ends) if (isSettled) tell(item, end);
}

/** Now that the stack is the branch, what the others saw in it holds, too. */
function settlePushed(stack: Stack<Waiting>, operations: KnownOperations): void {
  const pushed = committed(stack).map(({ item, commit }) => [item.operation, commit] as const);
  if (stack.top !== undefined) operations.note(pushed, stack.top);
  for (const { item, end } of stack.ends) tell(item, end);
}

function tell(item: Waiting, end: ItemEnd): void {
  if (item.isDone || end.kind === 'left') return;
  if (end.kind === 'refused') item.reject(item.losses[0] ?? end.error);
  else item.resolve({ commit: end.commit, changed: end.kind === 'commit' });
}

function noteFailure(item: Waiting, branch: string, loss: unknown): void {
  if (loss === undefined) item.races += 1;
  else item.losses.push(loss);
  if (item.losses.length >= mostLosses) item.reject(item.losses[0]);
  else if (item.races >= mostRaces) item.reject(item.losses[0] ?? contended(branch, item.races));
}

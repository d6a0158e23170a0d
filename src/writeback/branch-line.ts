import { addAbortListener } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { CommitId, Mirror, SigningKey } from '../git/index.ts';
import type { Edit, Written } from './edit.ts';
import { createKnownOperations, type KnownOperations } from './known-operations.ts';
import { oneAfterAnother } from './one-after-another.ts';
import { type Waiting, writeTogether } from './write-together.ts';

/** Who brings an edit. */
export interface LineWriter {
  readonly mirror: Mirror;
  readonly signingKey?: SigningKey;
  /** Ends the writer: whoever waits is told so, or that the outcome is not known. */
  readonly signal: AbortSignal;
  /** Between 0 and 1, as `Math.random`. */
  readonly random?: () => number;
}

/** What all writers of a branch of one mirror share: one line of those who wait, and one memory of what was done. */
export interface BranchLine {
  readonly operations: KnownOperations;
  /** What is under way, by how and for which operation: who asks for the same shares it. */
  readonly underWay: Map<string, Promise<Written>>;
  /** Writes an edit together with all that wait. @throws PlumbError as `BranchWriter.write` */
  write(edit: Edit, operation: string, own: AbortSignal, writer: LineWriter): Promise<Written>;
}

/** So many commits are pushed at once at most: what a hook has to look through is bounded. */
const mostInStack = 100;

/** They live as long as somebody has their mirror open. */
const lines = new WeakMap<object, Map<string, BranchLine>>();

/** The line of a branch: the same one for all who share the mirror. */
export function lineOf(mirror: Mirror, branch: string): BranchLine {
  const ofMirror = lines.get(mirror.key) ?? new Map<string, BranchLine>();
  lines.set(mirror.key, ofMirror);
  const line = ofMirror.get(branch) ?? createLine(mirror.url, branch);
  ofMirror.set(branch, line);
  return line;
}

interface InLine extends Waiting {
  readonly writer: LineWriter;
}

/** Which line had the last turn at a branch: the others have to look anew where it is. */
const lastTurns = new LRUCache<string, object>({ max: 1_000 });

function createLine(url: string, branch: string): BranchLine {
  const name = `${url} ${branch}`;
  const operations = createKnownOperations();
  const queue: InLine[] = [];
  /** Those who were not told yet. */
  const active = new Set<InLine>();
  const left: { tip: CommitId | undefined } = { tip: undefined };
  const me = {};
  let isRunning = false;
  let over = new AbortController();

  const take = (room: number): readonly InLine[] =>
    over.signal.aborted ? [] : queue.splice(0, Math.max(0, Math.min(room, mostInStack)));

  const turn = async (): Promise<void> => {
    over = new AbortController();
    const { signal } = over;
    const mirror = openFor(queue, signal);
    const [first] = queue;
    if (mirror === undefined || first === undefined) return;
    if (lastTurns.get(name) !== me) left.tip = undefined;
    lastTurns.set(name, me);
    const { random } = first.writer;
    try {
      await writeTogether({
        mirror,
        branch,
        signal,
        ...(random === undefined ? {} : { random }),
        operations,
        left,
        waiting: take(mostInStack),
        more: take,
      });
    } finally {
      await mirror.close();
    }
  };

  const run = async (): Promise<void> => {
    if (isRunning) return;
    isRunning = true;
    // Those who ask in the same moment go together from the beginning.
    await setImmediate();
    try {
      while (queue.length > 0) await oneAfterAnother(name, turn);
    } finally {
      isRunning = false;
    }
  };

  /** Work goes on for as long as somebody waits for it whose writer has not ended. */
  const endWhenAlone = (reason: unknown): void => {
    if ([...active].every(({ writer }) => writer.signal.aborted)) over.abort(reason);
  };

  return {
    operations,
    underWay: new Map(),
    write: (edit, operation, own, writer) =>
      new Promise((resolve, reject) => {
        const settle = (): void => {
          for (const each of abortions) each[Symbol.dispose]();
          active.delete(item);
          item.isDone = true;
        };
        const item: InLine = {
          edit,
          operation,
          writer,
          ...(writer.signingKey === undefined ? {} : { signingKey: writer.signingKey }),
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
        const leave = (reason: unknown): void => {
          // What is being pushed cannot be taken back: its outcome is told.
          if (item.isPushing || item.losses.length > 0) return;
          const index = queue.indexOf(item);
          if (index >= 0) queue.splice(index, 1);
          item.reject(reason);
        };
        const abortions = [
          addAbortListener(own, () => leave(own.reason)),
          addAbortListener(writer.signal, () => {
            leave(writer.signal.reason);
            endWhenAlone(writer.signal.reason);
          }),
        ];
        queue.push(item);
        active.add(item);
        void run();
      }),
  };
}

/** The mirror as one of those who wait has opened it, for as long as all of them need it. */
function openFor(queue: InLine[], signal: AbortSignal): Mirror | undefined {
  for (let first = queue[0]; first !== undefined; first = queue[0]) {
    try {
      return first.writer.mirror.again({ signal });
    } catch (error) {
      // Its own was closed meanwhile.
      queue.shift();
      first.reject(error);
    }
  }
  return undefined;
}

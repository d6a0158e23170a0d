import type { ObjectId } from './ids.ts';

/** What kind of object it is. */
export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag';

/** The answer of `git cat-file --batch` to one name. */
export type BatchAnswer =
  | { readonly kind: 'object'; readonly id: ObjectId; readonly type: ObjectType; readonly bytes: Buffer }
  | TooLarge
  | { readonly kind: 'missing' };

/** The object is there, and is larger than was asked for. */
export interface TooLarge {
  readonly kind: 'too-large';
  readonly id: ObjectId;
  readonly type: ObjectType;
  /** In bytes. */
  readonly size: number;
}

/** Takes the output of `git cat-file --batch` apart, in whatever pieces it comes. */
export interface BatchParser {
  /** @throws Error where the output is not of the form that was agreed on */
  push(chunk: Buffer): void;
}

const header = /^([0-9a-f]{40}|[0-9a-f]{64}) (commit|tree|blob|tag) (\d+)$/;
const newline = 0x0a;
const maximumHeader = 4096;

/**
 * @param limit the most bytes that the answer which comes now may have
 * @param onAnswer told every answer, in order; its bytes are a copy
 * @param onSkip told at once, and not when they have passed, that the bytes of an answer are not wanted
 */
export function createBatchParser(
  limit: () => number,
  onAnswer: (answer: BatchAnswer) => void,
  onSkip: (answer: TooLarge) => void,
): BatchParser {
  let head = Buffer.alloc(0);
  let current: { readonly answer: BatchAnswer; readonly body: Buffer | undefined } | undefined;
  /** Bytes of the body that are still to come, with the line feed after it. */
  let remaining = 0;
  let filled = 0;

  const takeHeader = (line: string): void => {
    if (line.endsWith(' missing') || line.endsWith(' ambiguous')) {
      onAnswer({ kind: 'missing' });
      return;
    }
    const [, id, type, sizeText] = header.exec(line) ?? [];
    if (id === undefined || type === undefined)
      throw new Error(`git cat-file answered ${JSON.stringify(line.slice(0, 200))}`);
    const size = Number(sizeText);
    const known = { id: id as ObjectId, type: type as ObjectType };
    remaining = size + 1;
    filled = 0;
    if (size > limit()) {
      const answer: TooLarge = { kind: 'too-large', ...known, size };
      current = { answer, body: undefined };
      onSkip(answer);
    } else {
      const bytes = Buffer.allocUnsafe(size);
      current = { answer: { kind: 'object', ...known, bytes }, body: bytes };
    }
  };

  return {
    push(chunk) {
      let at = 0;
      while (at < chunk.length) {
        if (current === undefined) {
          const end = chunk.indexOf(newline, at);
          const piece = chunk.subarray(at, end < 0 ? chunk.length : end);
          const line = head.length === 0 ? piece : Buffer.concat([head, piece]);
          if (end < 0) {
            if (line.length > maximumHeader) throw new Error('git cat-file answered with an endless line');
            head = Buffer.from(line);
            return;
          }
          head = Buffer.alloc(0);
          at = end + 1;
          takeHeader(line.toString('utf8'));
          continue;
        }
        const take = Math.min(remaining, chunk.length - at);
        // The last byte is the line feed, which does not fit into the body and is not copied.
        if (current.body !== undefined) filled += chunk.copy(current.body, filled, at, at + take);
        at += take;
        remaining -= take;
        if (remaining === 0) {
          const { answer } = current;
          current = undefined;
          onAnswer(answer);
        }
      }
    },
  };
}

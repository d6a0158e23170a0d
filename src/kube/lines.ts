import { plumbError } from '../errors.ts';

/** Cuts a stream of bytes into lines, wherever its chunks may end. */
export interface LineSplitter {
  /** Calls back with each line that this chunk ends. */
  push(chunk: Buffer): void;
  /** Bytes of the line that has not ended yet. */
  readonly pending: number;
}

const lineFeed = 0x0a;

/**
 * A splitter that decodes each line once, as a whole: no character is torn, no text is joined.
 * A line of more than `limit` bytes is `kube.protocol`. Empty lines are passed over.
 */
export function createLineSplitter(onLine: (line: string) => void, limit: number): LineSplitter {
  let parts: Buffer[] = [];
  let pending = 0;

  const keep = (part: Buffer): void => {
    if (part.length === 0) return;
    pending += part.length;
    if (pending > limit) throw plumbError('kube.protocol', `a line of the stream is longer than ${limit} bytes`);
    parts.push(part);
  };

  return {
    get pending() {
      return pending;
    },
    push(chunk) {
      let start = 0;
      for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
        let line: string;
        if (pending === 0) line = chunk.toString('utf8', start, end);
        else {
          keep(chunk.subarray(start, end));
          line = Buffer.concat(parts, pending).toString('utf8');
          parts = [];
          pending = 0;
        }
        start = end + 1;
        if (line !== '' && line !== '\r') onLine(line);
      }
      keep(chunk.subarray(start));
    },
  };
}

/** So long nothing new comes before what waits is written. */
const quietMilliseconds = 3000;
/** As much of the waiting values is written at the same time. */
const parallel = 4;

/** Values on their way to a slow place, which are there already for who asks. */
export interface WriteBehind<Value> {
  /** A value that is not written yet. */
  get(key: string): Value | undefined;
  /** Takes a value of about so many bytes, in place of one that waits under the same key. */
  put(key: string, value: Value, bytes: number): void;
  /** Writes all that waits. */
  flush(): Promise<void>;
}

interface Waiting<Value> {
  readonly value: Value;
  readonly bytes: number;
}

/**
 * Writes values a little later than they come: when nothing new has come for a while, or more than so many bytes wait.
 * A burst of renders then has the processor to itself. Values that come faster than they can be written are let go of
 * at twice the bound. `write` does not reject.
 */
export function createWriteBehind<Value>(
  write: (key: string, value: Value) => Promise<void>,
  maximumBytes: number,
): WriteBehind<Value> {
  const waiting = new Map<string, Waiting<Value>>();
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;

  function remove(key: string, entry: Waiting<Value> | undefined): void {
    if (entry === undefined || waiting.get(key) !== entry) return;
    waiting.delete(key);
    bytes -= entry.bytes;
  }

  async function writeNext(left: Iterator<[string, Waiting<Value>]>): Promise<void> {
    // The iterator of a map also meets what is put while it goes.
    for (let next = left.next(); next.done !== true; next = left.next()) {
      const [key, entry] = next.value;
      await write(key, entry.value);
      remove(key, entry);
    }
  }

  async function writeAll(): Promise<void> {
    while (waiting.size > 0) {
      const left = waiting.entries();
      await Promise.all(Array.from({ length: parallel }, () => writeNext(left)));
    }
  }

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    writing ??= writeAll().finally(() => (writing = undefined));
    return writing;
  }

  return {
    get: (key) => waiting.get(key)?.value,
    put(key, value, size) {
      remove(key, waiting.get(key));
      if (bytes + size > 2 * maximumBytes) return;
      waiting.set(key, { value, bytes: size });
      bytes += size;
      if (bytes > maximumBytes) void flush();
      else if (timer === undefined) timer = setTimeout(() => void flush(), quietMilliseconds).unref();
      else timer.refresh();
    },
    flush,
  };
}

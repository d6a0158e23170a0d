import { afterAll, afterEach, beforeAll, beforeEach, type TestContext } from 'vitest';

/**
 * Opens something for each test of a file, and closes it after that test: what was opened last is closed first.
 * @returns stands for what the test that runs has; only to be asked from within a test or its hooks
 */
export function eachTest<Opened extends object>(
  open: (context: TestContext) => Promise<Opened>,
  close: (opened: Opened) => unknown,
): Opened {
  const now = standIn<Opened>();
  beforeEach(async (context) => now.set(await open(context)));
  // Where it could not be opened there is nothing to close.
  afterEach(async () => {
    const opened = now.take();
    if (opened !== undefined) await close(opened);
  });
  return now.opened;
}

/** The same for all tests of a file together. */
export function wholeFile<Opened extends object>(
  open: () => Promise<Opened>,
  close: (opened: Opened) => unknown,
): Opened {
  const now = standIn<Opened>();
  beforeAll(async () => now.set(await open()));
  afterAll(async () => {
    const opened = now.take();
    if (opened !== undefined) await close(opened);
  });
  return now.opened;
}

/** Something that passes on to what is opened now whatever it is asked for. */
function standIn<Opened extends object>() {
  let now: Opened | undefined;
  const there = (): Opened => {
    if (now === undefined) throw new Error('it is not open: only tests and their hooks may ask');
    return now;
  };
  // It has nothing of its own: all that is read of it is what is there at that moment.
  const opened = new Proxy({} as Opened, {
    get: (_, name) => Reflect.get(there(), name) as unknown,
    set: (_, name, value) => Reflect.set(there(), name, value),
    has: (_, name) => Reflect.has(there(), name),
    ownKeys: () => Reflect.ownKeys(there()),
    getOwnPropertyDescriptor(_, name) {
      const property = Reflect.getOwnPropertyDescriptor(there(), name);
      return property && { ...property, configurable: true };
    },
  });
  return {
    opened,
    set(next: Opened): void {
      now = next;
    },
    take(): Opened | undefined {
      const last = now;
      now = undefined;
      return last;
    },
  };
}

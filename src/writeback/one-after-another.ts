/** The last of those who work on each name. */
const working = new Map<string, Promise<void>>();

/**
 * Does work on a name when whoever came before has ended: several writers of one branch in this process would only race
 * one another to the server.
 */
export async function oneAfterAnother(name: string, work: () => Promise<void>): Promise<void> {
  const before = working.get(name);
  const mine = (async () => {
    await before;
    await work();
  })();
  // Who comes next waits for the end, however it was.
  const end = mine.catch(() => {});
  working.set(name, end);
  try {
    await mine;
  } finally {
    if (working.get(name) === end) working.delete(name);
  }
}

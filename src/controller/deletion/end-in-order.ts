/**
 * Resolves when all that works has ended, which it does by its signal, and what it used is closed after it, one after the
 * other.
 */
export async function endInOrder(
  started: Promise<unknown>,
  working: readonly Promise<unknown>[],
  closing: readonly (() => Promise<unknown>)[],
): Promise<void> {
  await Promise.allSettled([started]);
  await Promise.all(working);
  for (const close of closing) await close();
}

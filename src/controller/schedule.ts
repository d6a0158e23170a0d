/** Calls back after some milliseconds, unless cancelled. Does not keep the process from ending. */
export function schedule(milliseconds: number, callback: () => void): () => void {
  const timer = setTimeout(callback, milliseconds).unref();
  return () => clearTimeout(timer);
}

/**
 * How long a test waits for one thing that is sure to come, 180 s: never what is tested, only the end of hanging. It is
 * far above what anything needs, since a busy machine takes many times as long as a quiet one, and the controllers of
 * Kubernetes pause for up to a minute after their API server was away.
 */
export const limit = (): AbortSignal => AbortSignal.timeout(180_000);

/** How long something may last that the tests of a file share, 1,800 s: a watch, a server. */
export const lifetime = (): AbortSignal => AbortSignal.timeout(1_800_000);

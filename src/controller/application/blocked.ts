import type { Blocked } from '../../sync/index.ts';

/** Blocks that leave the cluster other than Git says. */
const open: ReadonlySet<Blocked['reason']> = new Set([
  'claimed',
  'terminating',
  'empty-render',
  'limit',
  'confirm',
  'holds-others',
]);

/** Whether the block leaves the cluster other than Git says; the others are as the user wishes. */
export function isOpen(blocked: Blocked): boolean {
  return open.has(blocked.reason);
}

/** One line for each reason, with the objects that it holds back, and how to let a prune go on. */
export function describeBlocked(blocked: readonly Blocked[], approval: string | undefined): string[] {
  const byMessage = Map.groupBy(blocked, ({ message }) => message);
  const lines = [...byMessage].map(([message, objects]) => `${objects.map(({ id }) => id).join(', ')}: ${message}`);
  if (approval === undefined) return lines;
  return [
    ...lines,
    `to let exactly these go, set the annotation plumbline.dev/approvePrune: ${approval} (\`plumb approve\`)`,
  ];
}

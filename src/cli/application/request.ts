import type { ObjectRef, KubeClient } from '../../kube/index.ts';

/** Sets annotations, or takes away those whose value is null. */
export async function annotate(
  client: KubeClient,
  ref: ObjectRef,
  annotations: Readonly<Record<string, string | null>>,
  signal: AbortSignal,
): Promise<void> {
  await client.patch(ref, { metadata: { annotations } }, { type: 'merge', signal });
}

/** A value that an annotation has not had before, and that says when it was set. */
export function requestId(now: Date): string {
  return now.toISOString();
}

import type { KubeClient } from '../../kube/index.ts';
import type { KubeObject } from '../../object.ts';
import type { Scope } from '../watch-until.ts';

/** An Event about an Application, as the commands show it. */
export interface EventView {
  readonly uid: string;
  /** RFC 3339. */
  readonly at: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** An Event as it is shown. */
export function viewEvent(event: KubeObject): EventView {
  const at = [event['eventTime'], event['deprecatedLastTimestamp'], event.metadata.creationTimestamp];
  return {
    uid: event.metadata.uid ?? event.metadata.name,
    at: text(at.find((time) => typeof time === 'string')),
    type: text(event['type']),
    reason: text(event['reason']),
    message: text(event['note']),
  };
}

/** Where the Events about one object of Plumbline's own are. */
export function eventsScope(about: { readonly kind: string; readonly namespace: string; readonly name: string }) {
  return {
    resource: { group: 'events.k8s.io', kind: 'Event' },
    namespace: about.namespace,
    fieldSelector: `regarding.kind=${about.kind},regarding.name=${about.name}`,
  } satisfies Scope;
}

/** The Events about one object of Plumbline's own that the cluster still keeps, the oldest first. */
export async function eventsOf(
  client: KubeClient,
  about: { readonly kind: string; readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<EventView[]> {
  const { resource, ...where } = eventsScope(about);
  const events: EventView[] = [];
  for await (const event of client.list(resource, { ...where, signal })) events.push(viewEvent(event));
  return inOrder(events);
}

/** The oldest first. */
export function inOrder(events: Iterable<EventView>): EventView[] {
  return [...events].toSorted((a, b) => a.at.localeCompare(b.at));
}

import type { KubeObject } from '../../object.ts';
import { degraded, healthy, progressing, suspended, unknown, type Health } from '../health.ts';
import { conditionOf, itemsAt, sayingOf, textAt, valueAt } from '../read.ts';
import type { GroupRules } from '../rule.ts';
import { replicaSetHealth } from './apps.ts';

/** The core group; its kinds without a rule (ConfigMap, Secret, …) are well when they are there. */
export const coreRules: GroupRules = {
  Pod: podHealth,
  ReplicationController: replicaSetHealth,
  Service: serviceHealth,
  Node: nodeHealth,
  PersistentVolumeClaim: {
    value: { path: 'status.phase', values: { Bound: 'Healthy', Pending: 'Progressing', Lost: 'Degraded' } },
    otherwise: 'Progressing',
    message: 'it is not bound yet',
  },
  PersistentVolume: {
    value: {
      path: 'status.phase',
      values: {
        Available: 'Healthy',
        Bound: 'Healthy',
        Released: 'Healthy',
        Pending: 'Progressing',
        Failed: 'Degraded',
      },
      message: 'status.message',
    },
    otherwise: 'Progressing',
    message: 'nothing is known of it yet',
  },
};

/** Reasons for which a container waits until somebody mends something. */
function isFault(reason: string): boolean {
  return (
    reason.startsWith('Err') || reason.endsWith('Error') || reason.endsWith('BackOff') || reason === 'InvalidImageName'
  );
}

function podHealth(object: KubeObject): Health {
  const phase = textAt(object, 'status.phase');
  const said = textAt(object, 'status.message') || textAt(object, 'status.reason');
  if (phase === 'Succeeded') return healthy('it has completed');
  if (phase === 'Failed') return degraded(said || failedContainers(object) || 'it has failed');
  const fault = waitingFault(object);
  if (fault !== undefined) return degraded(fault);
  if (phase === 'Unknown') return unknown(said || 'its node does not answer');
  const ready = conditionOf(object, 'Ready');
  if (phase === 'Running' && ready?.status === 'True') return healthy();
  const scheduled = conditionOf(object, 'PodScheduled');
  if (scheduled?.status === 'False') return progressing(sayingOf(scheduled));
  if (phase === 'Running') return progressing(ready === undefined ? 'it is not ready yet' : sayingOf(ready));
  return progressing('its containers have not started yet');
}

function containersOf(object: KubeObject): readonly Readonly<Record<string, unknown>>[] {
  return [...itemsAt(object, 'status.initContainerStatuses'), ...itemsAt(object, 'status.containerStatuses')];
}

function stateOf(container: Readonly<Record<string, unknown>>, name: string): Record<string, unknown> | undefined {
  const state = container.state as Readonly<Record<string, unknown>> | undefined;
  const found = state?.[name];
  return found !== null && typeof found === 'object' ? (found as Record<string, unknown>) : undefined;
}

function waitingFault(object: KubeObject): string | undefined {
  for (const container of containersOf(object)) {
    const waiting = stateOf(container, 'waiting');
    const reason = typeof waiting?.reason === 'string' ? waiting.reason : '';
    if (!isFault(reason)) continue;
    const message = typeof waiting?.message === 'string' ? `: ${waiting.message}` : '';
    return `container ${String(container.name)} waits with ${reason}${message}${lastEnd(container)}`;
  }
  return undefined;
}

/** How a container that is started again and again has ended last, with what it said at its end. */
function lastEnd(container: Readonly<Record<string, unknown>>): string {
  const ended = stateOf({ state: container.lastState }, 'terminated');
  if (ended === undefined) return '';
  const reason = typeof ended.reason === 'string' && ended.reason !== 'Error' ? ` (${ended.reason})` : '';
  const said = typeof ended.message === 'string' && ended.message !== '' ? `: ${ended.message.trim()}` : '';
  return `; it has ended with exit code ${String(ended.exitCode)}${reason}${said}`;
}

function failedContainers(object: KubeObject): string {
  for (const container of containersOf(object)) {
    const ended = stateOf(container, 'terminated');
    if (ended !== undefined && ended.exitCode !== 0) {
      return `container ${String(container.name)} ended with exit code ${String(ended.exitCode)}`;
    }
  }
  return '';
}

function serviceHealth(object: KubeObject): Health {
  if (textAt(object, 'spec.type') !== 'LoadBalancer') return healthy();
  return itemsAt(object, 'status.loadBalancer.ingress').length > 0
    ? healthy()
    : progressing('the load balancer has no address yet');
}

function nodeHealth(object: KubeObject): Health {
  const ready = conditionOf(object, 'Ready');
  if (ready === undefined) return progressing('nothing is known of it yet');
  if (ready.status !== 'True') return degraded(sayingOf(ready));
  return valueAt(object, 'spec.unschedulable') === true ? suspended('it takes no new pods') : healthy();
}
